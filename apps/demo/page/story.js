// @ts-check

/** @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot */

/**
 * What goes on, in a sentence. Without numbers: it is read out when it changes.
 *
 * @param {Snapshot} snapshot
 * @returns {string}
 */
export function story(snapshot) {
  const { state, books, sink, controls, buffer, inLine, dropsPerSecond, perSecond, producers } = snapshot;
  if (!books.balanced) return "The books do not agree: this is a fault.";
  if (state === "stopping") return "The gateway is stopping. It stores what it has, and takes nothing more.";
  if (state === "draining") return "Draining: what was taken is being stored. New events are answered with 503.";
  if (state === "drained") return "Drained: all that was taken is settled. Resume to take events again.";
  const isFull = inLine > 0 || buffer.rows >= buffer.capacity;
  if (controls.sinkPaused && books.waiting > 0) {
    if (!isFull) return "The database stands still: the buffer fills.";
    if (controls.overflow === "block")
      return "The database stands still and the buffer is full: producers wait. Nothing is lost.";
  }
  if (dropsPerSecond.overflow > 0) {
    const which = controls.overflow === "drop-oldest" ? "the oldest batches are" : "what is new is";
    return `The buffer is full: ${which} given up, and their producers are told. Nobody waits.`;
  }
  if (dropsPerSecond["retries-exhausted"] > 0)
    return "Batches have failed too often: they are given up, and their producers are told.";
  if (sink.trouble !== null && books.waiting > 0) {
    return isFull
      ? "The database fails and the buffer is full: batches back off, producers wait. Nothing is lost."
      : "The database fails: batches back off and are sent again. Nothing is lost.";
  }
  if (dropsPerSecond.rejected > 0)
    return "The database refused an event. Its batch was halved until it stood alone: the others are stored.";
  if (isFull && controls.overflow === "block")
    return "More comes in than goes out: the buffer is full, and producers wait. That is backpressure.";
  if (producers.unanswered === producers.producers) {
    return "All producers wait for answers: they could send more than the gateway takes.";
  }
  if (perSecond.retries > 0) return "Some statements fail: their batches back off and are sent again. Nothing is lost.";
  if (isLimited(snapshot)) return "The limiter sets the pace: batches grow until it lets them go.";
  if (perSecond.taken > 0 || books.waiting > 0) return "All is well: what comes in goes out.";
  return "Nothing comes in. Move the first slider, or set up an experiment.";
}

/** @param {Snapshot} snapshot */
function isLimited({ limiter, buffer, controls, perSecond }) {
  const { statementsPerSecond: limit } = controls;
  return (
    limiter !== null && limit !== null && limiter.tokens < 1 && buffer.rows > 0 && perSecond.sends >= 0.8 * limit - 1
  );
}

/** Says something new only when it has been so for a moment: a sentence that flickers cannot be read. */
export class Storyteller {
  #patience;
  #told = "";
  #next = "";
  #times = 0;

  /** @param {number} patience how often in a row it must be the same */
  constructor(patience) {
    this.#patience = patience;
  }

  /**
   * @param {string} sentence
   * @returns {string} what to tell
   */
  hear(sentence) {
    this.#times = sentence === this.#next ? this.#times + 1 : 1;
    this.#next = sentence;
    if (this.#told === "" || this.#times >= this.#patience) this.#told = sentence;
    return this.#told;
  }
}
