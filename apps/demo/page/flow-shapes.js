// @ts-check

/**
 * A box of the picture.
 *
 * @typedef {{ name: string, title: string, x: number, y: number, width: number, height: number }} Box
 * @typedef {{ width: number, height: number, boxes: Box[], arrows: { from: string, path: string }[], frame: Omit<Box, "name"> }} Picture
 */

/** In the order in which an event comes by. */
const TITLES = {
  producers: "Producers",
  door: "HTTP door",
  line: "In line",
  buffer: "Buffer",
  limiter: "Limiter",
  senders: "Senders",
  database: "Database",
  rows: "Airport rows",
  reports: "Reports",
  threads: "Threads",
};

const NAMES = Object.keys(TITLES);
/** What the Dispatcher is made of. */
const FRAMED = ["line", "buffer", "limiter", "senders"];

/** Side by side, and back below: for wide screens. */
export function widePicture() {
  const [width, height, gap] = [138, 92, 30];
  const boxes = NAMES.map((name, index) => {
    const column = index < 7 ? index : 13 - index;
    return box(name, 8 + column * (width + gap), index < 7 ? 30 : 172, width, height);
  });
  return picture(1162, 272, boxes);
}

/** In four columns: for tablets. The dispatcher's boxes are a square in the middle. */
export function middlePicture() {
  return picture(692, 412, toAndFro(4, { width: 144, height: 92, gaps: [30, 44], from: [12, 30] }));
}

/** In two columns: for phones. */
export function narrowPicture() {
  return picture(372, 8 + 5 * (88 + 34) - 26, toAndFro(2, { width: 158, height: 88, gaps: [28, 34], from: [14, 8] }));
}

/**
 * @param {number} columns
 * @param {{ width: number, height: number, gaps: [number, number], from: [number, number] }} measures
 */
function toAndFro(columns, { width, height, gaps, from }) {
  return NAMES.map((name, index) => {
    const row = Math.floor(index / columns);
    const column = row % 2 === 0 ? index % columns : columns - 1 - (index % columns);
    return box(name, from[0] + column * (width + gaps[0]), from[1] + row * (height + gaps[1]), width, height);
  });
}

/**
 * @param {string} name
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @returns {Box}
 */
function box(name, x, y, width, height) {
  return { name, title: TITLES[/** @type {keyof typeof TITLES} */ (name)], x, y, width, height };
}

/**
 * @param {number} width
 * @param {number} height
 * @param {Box[]} boxes
 * @returns {Picture}
 */
function picture(width, height, boxes) {
  const arrows = boxes.slice(1).map((to, index) => {
    const from = boxes[index] ?? to;
    return { from: from.name, path: arrow(from, to) };
  });
  return { width, height, boxes, arrows, frame: frameOf(boxes.filter(({ name }) => FRAMED.includes(name))) };
}

/**
 * From the middle of one edge to the middle of the other; its head is drawn by a marker.
 *
 * @param {Box} from
 * @param {Box} to
 */
function arrow(from, to) {
  if (from.y !== to.y) {
    const x = from.x + from.width / 2;
    return `M${x} ${from.y + from.height + 3}V${to.y - 9}`;
  }
  const y = from.y + from.height / 2;
  return from.x < to.x ? `M${from.x + from.width + 3} ${y}H${to.x - 9}` : `M${from.x - 3} ${y}H${to.x + to.width + 9}`;
}

/** @param {Box[]} boxes */
function frameOf(boxes) {
  const x = Math.min(...boxes.map((box) => box.x)) - 12;
  const y = Math.min(...boxes.map((box) => box.y)) - 24;
  const right = Math.max(...boxes.map((box) => box.x + box.width)) + 12;
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + 10;
  return { title: "Dispatcher", x, y, width: right - x, height: bottom - y };
}
