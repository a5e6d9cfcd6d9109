// @ts-check
/* global document */

/**
 * @typedef {Partial<import("../src/live/controls.ts").Controls>} Change
 * @typedef {{ title: string, text: string, change: Change }} Experiment
 */

/** @type {readonly Experiment[]} */
const EXPERIMENTS = [
  {
    title: "Backpressure",
    text: "The database stands still while 2,000 events a second come in. The buffer fills within a second or so; then events stand in line, and all 24 producers wait for their answers. Press “Let it go on”: nothing was lost.",
    change: { arrivalRate: 2_000, sinkPaused: true },
  },
  {
    title: "Few statements, large batches",
    text: "Only 4 statements a second are allowed. As many events as before are stored, in batches of about 500. The price is in the latency.",
    change: { arrivalRate: 2_000, statementsPerSecond: 4 },
  },
  {
    title: "Bad weather",
    text: "Four of ten statements fail. Batches back off, come again, and overtake each other if there are several senders. Taken and stored stay the same.",
    change: { arrivalRate: 1_000, sinkFailurePercent: 40, concurrency: 4 },
  },
  {
    title: "Nobody waits",
    text: "Twice as much comes in as may go out, and the oldest goes when the buffer is full. No line, no waiting; what is refused is counted, and told to whoever sent it.",
    change: { arrivalRate: 4_000, statementsPerSecond: 2, overflow: "drop-oldest" },
  },
];

/**
 * @param {HTMLElement} list
 * @param {(change: Change) => void} setUp
 */
export function showExperiments(list, setUp) {
  for (const { title, text, change } of EXPERIMENTS) {
    const item = document.createElement("li");
    const heading = document.createElement("h3");
    const words = document.createElement("p");
    const button = document.createElement("button");
    heading.textContent = title;
    words.textContent = text;
    button.type = "button";
    button.textContent = "Set up";
    button.setAttribute("aria-label", `Set up: ${title}`);
    button.addEventListener("click", () => setUp(change));
    item.append(heading, words, button);
    list.append(item);
  }
}
