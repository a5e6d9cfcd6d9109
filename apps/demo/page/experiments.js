// @ts-check

/**
 * @typedef {import("../src/live/controls.ts").Controls} Controls
 * @typedef {Partial<Controls>} Change
 * @typedef {{ title: string, text: string, change: Change, end: { label: string, change: Change } }} Experiment
 */

/** @type {readonly Experiment[]} */
export const EXPERIMENTS = [
  {
    title: "Backpressure",
    text: "The database pauses while 2,000 events a second come in. The buffer fills; then events stand in line, and the producers slow down to 0/s. Let it go on: nothing was lost.",
    change: { arrivalRate: 2_000, sinkPaused: true },
    end: { label: "Let it go on", change: { sinkPaused: false } },
  },
  {
    title: "Few statements, large batches",
    text: "Only 4 statements a second. As many events as before are stored, in batches of about 500. The price is in the latency.",
    change: { arrivalRate: 2_000, statementsPerSecond: 4 },
    end: { label: "Allow 200 again", change: { statementsPerSecond: 200 } },
  },
  {
    title: "Bad weather",
    text: "Four of ten statements fail. Batches back off, come again, and overtake each other. Taken and stored stay the same.",
    change: { arrivalRate: 1_000, sinkFailurePercent: 40, concurrency: 4 },
    end: { label: "Stop the failures", change: { sinkFailurePercent: 0 } },
  },
  {
    title: "Drop instead of wait",
    text: "Twice as much comes in as may go out, and the oldest events go when the buffer is full. What is refused is counted, and told to whoever sent it.",
    change: { arrivalRate: 4_000, statementsPerSecond: 2, overflow: "drop-oldest" },
    end: { label: "Stop dropping", change: { statementsPerSecond: 200, overflow: "block" } },
  },
];

/**
 * Whether all is as the experiment wants it.
 *
 * @param {Experiment} experiment
 * @param {Controls} controls
 */
export function isSetUp({ change }, controls) {
  return Object.entries(change).every(([name, value]) => controls[/** @type {keyof Controls} */ (name)] === value);
}
