// @ts-check
/* global IntersectionObserver */
import { child } from "./elements.js";
import { facesOf } from "./faces.js";

/** @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot */

const BOXES = { producers: "Producers", line: "In line", buffer: "Buffer", senders: "Senders", database: "Database" };

/** The picture in one line, at the top of the window while the picture itself is out of sight. */
export class Strip {
  #place;
  #story;
  /** @type {Map<string, { box: HTMLElement, value: HTMLElement, note: HTMLElement }>} */
  #boxes = new Map();

  /**
   * @param {HTMLElement} place
   * @param {Element} picture
   */
  constructor(place, picture) {
    this.#place = place;
    this.#story = child(place, "p", "story");
    const row = child(place, "div", "row");
    for (const [name, title] of Object.entries(BOXES)) {
      const box = child(row, "div", "mini");
      child(box, "span", "title").textContent = title;
      this.#boxes.set(name, { box, value: child(box, "b", ""), note: child(box, "span", "note") });
    }
    new IntersectionObserver(([entry]) => this.#show(entry), { threshold: [0, 0.5, 1] }).observe(picture);
  }

  /**
   * @param {Snapshot} snapshot
   */
  show(snapshot) {
    const faces = facesOf(snapshot);
    for (const [name, { box, value, note }] of this.#boxes) {
      const face = faces[name];
      if (face === undefined) continue;
      value.textContent = face.value;
      note.textContent = face.note;
      box.dataset["mood"] = face.mood ?? "";
    }
  }

  /** @param {string} sentence */
  tell(sentence) {
    this.#story.textContent = sentence;
  }

  /** @param {IntersectionObserverEntry | undefined} entry */
  #show(entry) {
    const isBelow = (entry?.boundingClientRect.top ?? 0) >= 0;
    this.#place.hidden = entry === undefined || isBelow || entry.intersectionRatio > 0.5;
  }
}
