// @ts-check

/** @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot */

/** So much of what producers would send must be held back before it counts: a moment's stall is no backpressure. */
const HELD_BACK = 0.05;

/**
 * What the sentence and the boxes have to agree on, so both ask here.
 *
 * @param {Snapshot} snapshot
 */
export function situationOf(snapshot) {
  const { perSecond, controls, buffer, inLine } = snapshot;
  return {
    database: databaseOf(snapshot),
    /** The buffer has no room at this moment. */
    isFull: buffer.rows >= buffer.capacity,
    isInLine: inLine > 0,
    /** The producers of the page send less than they were told to, for they wait for answers. */
    isSlowed: controls.arrivalRate > 0 && perSecond.heldBack >= HELD_BACK * controls.arrivalRate,
    isLimited: isLimited(snapshot),
  };
}

/**
 * @param {Snapshot} snapshot
 * @returns {"paused" | "fails" | "fails at times" | "slower" | "well"}
 */
function databaseOf({ controls, sink, perSecond }) {
  if (controls.sinkPaused) return "paused";
  if (sink.trouble !== null && perSecond.failed >= perSecond.statements) return "fails";
  if (sink.trouble !== null || perSecond.failed > 0) return "fails at times";
  return controls.sinkLatencyMs > 0 ? "slower" : "well";
}

/** @param {Snapshot} snapshot */
function isLimited({ limiter, controls, perSecond }) {
  const { statementsPerSecond: limit } = controls;
  if (limiter === null || limit === null) return false;
  // As many statements as may be, and no tokens put by.
  return limiter.tokens < 2 && perSecond.sends >= Math.max(0.5, 0.8 * limit - 1);
}
