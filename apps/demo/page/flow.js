// @ts-check
/* global document, matchMedia */
import { facesOf } from "./faces.js";
import { middlePicture, narrowPicture, widePicture } from "./flow-shapes.js";

/**
 * @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot
 * @typedef {import("./flow-shapes.js").Box} Box
 */

// Where the letters of the larger picture would be too small.
const NARROW = matchMedia("(max-width: 600px)");
const MIDDLE = matchMedia("(max-width: 1080px)");

/** Shown where the pointer rests on a box. */
const HINTS = {
  producers: "They post events through the HTTP door, and each waits for its answer before it posts again.",
  door: "What came in through POST /events, and how many requests have no answer yet.",
  line: "Events that were read, and wait for room in the buffer.",
  buffer: "Events that wait to be sent.",
  limiter: "Each statement takes a token. Without one it waits.",
  senders: "Statements that run, and how many events a batch has.",
  database: "Events stored, and how the database does.",
  rows: "Rows with the sums of each airport, saved per second.",
  reports: "Reports of airports that are being built or due.",
  threads: "They compress archives and compute reports.",
};

/** The picture of the pipeline, with numbers that live. */
export class Flow {
  #svg;
  /** @type {Map<string, Record<"group" | "value" | "note" | "gauge", SVGElement>>} */
  #boxes = new Map();
  /** @type {Map<string, SVGElement>} */
  #arrows = new Map();
  /** @type {Snapshot | undefined} */
  #last;

  /** @param {SVGSVGElement} svg */
  constructor(svg) {
    this.#svg = svg;
    this.#draw();
    for (const query of [NARROW, MIDDLE]) query.addEventListener("change", () => this.#redraw());
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    this.#last = snapshot;
    for (const [name, face] of Object.entries(facesOf(snapshot))) {
      const box = this.#boxes.get(name);
      if (box === undefined) continue;
      box.value.textContent = face.value;
      box.note.textContent = face.note;
      box.group.setAttribute("data-mood", face.mood ?? "");
      box.gauge.setAttribute(
        "width",
        String(Math.round(Math.min(1, face.share ?? 0) * Number(box.gauge.dataset["full"]))),
      );
      this.#arrows.get(name)?.classList.toggle("flowing", face.flows);
    }
  }

  #redraw() {
    this.#draw();
    if (this.#last !== undefined) this.show(this.#last);
  }

  #draw() {
    const { width, height, boxes, arrows, frame } = fittingPicture();
    this.#svg.replaceChildren(arrowHead());
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    add(this.#svg, "rect", {
      class: "frame",
      x: frame.x,
      y: frame.y,
      width: frame.width,
      height: frame.height,
      rx: 12,
    });
    add(this.#svg, "text", { class: "frame-title", x: frame.x + 12, y: frame.y + 16 }).textContent = frame.title;
    for (const { from, path } of arrows) {
      this.#arrows.set(from, add(this.#svg, "path", { class: "arrow", d: path, "marker-end": "url(#head)" }));
    }
    for (const box of boxes) this.#boxes.set(box.name, drawBox(this.#svg, box));
  }
}

function fittingPicture() {
  if (NARROW.matches) return narrowPicture();
  return MIDDLE.matches ? middlePicture() : widePicture();
}

/**
 * @param {SVGElement} svg
 * @param {Box} box
 */
function drawBox(svg, { name, title, x, y, width, height }) {
  const group = add(svg, "g", { class: "box", "data-box": name, transform: `translate(${x} ${y})` });
  add(group, "title", {}).textContent = HINTS[/** @type {keyof typeof HINTS} */ (name)];
  add(group, "rect", { class: "body", width, height, rx: 8 });
  add(group, "text", { class: "title", x: 12, y: 22 }).textContent = title;
  const value = add(group, "text", { class: "value", x: 12, y: 51, "data-value": name });
  const note = add(group, "text", { class: "note", x: 12, y: 70, "data-note": name });
  add(group, "rect", { class: "rail", x: 12, y: height - 12, width: width - 24, height: 4, rx: 2 });
  const gauge = add(group, "rect", {
    class: "gauge",
    x: 12,
    y: height - 12,
    width: 0,
    height: 4,
    rx: 2,
    "data-full": width - 24,
  });
  return { group, value, note, gauge };
}

function arrowHead() {
  const defs = document.createElementNS("http://www.w3.org/2000/svg", "defs");
  const marker = add(defs, "marker", {
    id: "head",
    viewBox: "0 0 8 8",
    refX: 1,
    refY: 4,
    markerWidth: 7,
    markerHeight: 7,
    orient: "auto",
    markerUnits: "userSpaceOnUse",
  });
  add(marker, "path", { class: "head", d: "M0 0L8 4L0 8Z" });
  return defs;
}

/**
 * @param {Element} parent
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @returns {SVGElement}
 */
function add(parent, tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  parent.append(element);
  return /** @type {SVGElement} */ (element);
}
