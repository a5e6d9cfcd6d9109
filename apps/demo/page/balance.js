// @ts-check
import { child } from "./elements.js";
import { count } from "./numbers.js";

/** @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot */

/** The equation that always holds: what was taken is stored, refused, or still waits. */
export class Balance {
  #place;
  /** @type {Record<string, HTMLElement>} */
  #numbers = {};
  #verdict;
  #end;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
    this.#term("taken", "taken", "=");
    this.#term("stored", "stored", "+");
    this.#term("refused", "refused", "+");
    this.#term("waiting", "waiting", "");
    this.#verdict = child(place, "span", "verdict");
    this.#end = child(place, "span", "end");
  }

  /** @param {Snapshot} snapshot */
  show({ books, end }) {
    for (const name of /** @type {const} */ (["taken", "stored", "refused", "waiting"])) {
      const number = this.#numbers[name];
      if (number !== undefined) number.textContent = count(books[name]);
    }
    this.#place.dataset["balanced"] = String(books.balanced);
    this.#verdict.textContent = books.balanced ? "✓ balanced" : "✗ does not add up";
    this.#end.textContent = end === null ? "" : endText(end);
  }

  /**
   * @param {string} name
   * @param {string} label
   * @param {string} sign
   */
  #term(name, label, sign) {
    const term = child(this.#place, "span", `term ${name}`);
    const number = child(term, "b", "");
    number.dataset["books"] = name;
    this.#numbers[name] = number;
    child(term, "span", "label").textContent = label;
    if (sign !== "") child(this.#place, "span", "sign").textContent = sign;
  }
}

/** @param {NonNullable<Snapshot["end"]>} end */
function endText({ stored, newRows, repeated }) {
  if (newRows === null) return "The database could not be asked how many rows it has.";
  const again = repeated > 0 ? ` ${count(repeated)} had been sent again.` : "";
  const agrees = newRows === stored ? "as many as were stored." : `${count(stored)} were stored.`;
  return `The table has ${count(newRows)} new rows: ${agrees}${again}`;
}
