// @ts-check
/* global document */
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
    this.#verdict = add(place, "span", "verdict");
    this.#end = add(place, "span", "end");
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
    const term = add(this.#place, "span", `term ${name}`);
    const number = add(term, "b", "");
    number.dataset["books"] = name;
    this.#numbers[name] = number;
    add(term, "span", "label").textContent = label;
    if (sign !== "") add(this.#place, "span", "sign").textContent = sign;
  }
}

/** @param {NonNullable<Snapshot["end"]>} end */
function endText({ stored, newRows, repeated }) {
  if (newRows === null) return "The database could not be asked how many rows it has.";
  const again = repeated > 0 ? ` ${count(repeated)} had been sent again.` : "";
  const agrees = newRows === stored ? "as many as were stored." : `${count(stored)} were stored.`;
  return `The table has ${count(newRows)} new rows: ${agrees}${again}`;
}

/**
 * @param {Element} parent
 * @param {string} tag
 * @param {string} className
 * @returns {HTMLElement}
 */
function add(parent, tag, className) {
  const element = document.createElement(tag);
  element.className = className;
  parent.append(element);
  return element;
}
