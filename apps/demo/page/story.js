// @ts-check
import { situationOf } from "./situation.js";

/**
 * @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot
 * @typedef {ReturnType<typeof situationOf>} Situation
 */

/**
 * What goes on, in a sentence: all from one snapshot. Without numbers: it is read out when it changes. What comes first in
 * here matters most.
 *
 * @param {Snapshot} snapshot
 * @returns {string}
 */
export function story(snapshot) {
  const situation = situationOf(snapshot);
  return (
    ending(snapshot) ??
    (situation.database === "paused" ? paused(snapshot, situation) : undefined) ??
    givenUp(snapshot) ??
    failing(snapshot, situation) ??
    pressed(snapshot, situation) ??
    calm(snapshot, situation)
  );
}

/** @param {Snapshot} snapshot */
function ending({ state, books, controls }) {
  if (!books.balanced) return "The books do not agree: this is a fault.";
  if (state === "stopping") return "The gateway is stopping. It stores what it has, and takes nothing more.";
  if (state === "draining") {
    return controls.sinkPaused
      ? "Draining, but the database is paused: what was taken waits for it. New events are answered with 503."
      : "Draining: what was taken is being stored. New events are answered with 503.";
  }
  if (state === "drained") return "Drained: all that was taken is settled. Press Resume to take events again.";
  return undefined;
}

/**
 * @param {Snapshot} snapshot
 * @param {Situation} situation
 */
function paused({ books, controls, dropsPerSecond, perSecond }, { isFull, isInLine, isSlowed }) {
  if (isDropping({ controls, dropsPerSecond })) {
    return `The database is paused, and more comes in than the buffer can hold: ${whichGo(controls)} given up, and their producers are told.`;
  }
  if (isInLine || (isSlowed && isFull)) {
    const room = isFull ? "the buffer is full" : "the buffer has no room for more";
    return `The database is paused and ${room}: producers wait. That is backpressure, and nothing is lost.`;
  }
  if (isFull) return "The database is paused and the buffer is full. What is in it waits.";
  if (books.waiting === 0) return "The database is paused. Nothing waits for it so far.";
  return perSecond.taken > 0
    ? "The database is paused: the buffer fills."
    : "The database is paused. What is in the buffer waits.";
}

/** @param {Snapshot} snapshot */
function givenUp({ controls, dropsPerSecond }) {
  if (isDropping({ controls, dropsPerSecond })) {
    return `More comes in than the buffer can hold: ${whichGo(controls)} given up, and their producers are told.`;
  }
  return dropsPerSecond["retries-exhausted"] > 0
    ? "Batches have failed too often: they are given up, and their producers are told."
    : undefined;
}

/**
 * What was dropped before "block" was chosen is over.
 *
 * @param {Pick<Snapshot, "controls" | "dropsPerSecond">} snapshot
 */
function isDropping({ controls, dropsPerSecond }) {
  return dropsPerSecond.overflow > 0 && controls.overflow !== "block";
}

/** @param {Snapshot["controls"]} controls */
function whichGo({ overflow }) {
  return overflow === "drop-oldest" ? "the oldest events are" : "what is new is";
}

/**
 * @param {Snapshot} snapshot
 * @param {Situation} situation
 */
function failing({ books, dropsPerSecond }, { database, isInLine, isSlowed }) {
  const wait = isInLine || isSlowed ? " Producers wait: that is backpressure." : "";
  if (database === "fails" && books.waiting > 0)
    return `The database fails: batches back off and are sent again.${wait}`;
  if (database === "fails at times") {
    return `Some statements fail: their batches back off and are sent again.${wait}`;
  }
  return dropsPerSecond.rejected > 0
    ? "The database refused an event. Its batch was halved until it stood alone, so that the others can be stored."
    : undefined;
}

/**
 * @param {Snapshot} _
 * @param {Situation} situation
 */
function pressed(_, { isInLine, isSlowed, isLimited }) {
  if (!isInLine && !isSlowed) return undefined;
  if (isLimited) return "The limiter lets out less than comes in: producers wait. That is backpressure.";
  return isSlowed
    ? "Producers want to send more than gets through: they wait for answers. That is backpressure."
    : "Events stand in line for room in the buffer, and whoever sent them waits. That is backpressure.";
}

/**
 * @param {Snapshot} snapshot
 * @param {Situation} situation
 */
function calm({ books, perSecond, producers, buffer }, { database, isLimited, isFull }) {
  const isMoving = perSecond.taken > 0 || books.waiting > 0;
  if (!isMoving && producers.ended === "all-sent")
    return "A million events were sent. Move the slider “Arrival” to go on.";
  if (!isMoving && producers.ended === "unwatched") {
    return "Nobody looked at this page for some minutes, so the producers have stopped. Move the slider “Arrival” to go on.";
  }
  if (database === "fails") return "The last statement failed. Nothing waits to be stored.";
  if (!isMoving) return "Nothing comes in. Set up an experiment, or move the slider “Arrival”.";
  if (isLimited) return "The limiter sets the pace: batches grow until it lets them go.";
  if (database === "slower") return "Each statement takes longer: what comes in meanwhile makes the next batch larger.";
  if (isFull || buffer.rows > buffer.capacity / 2) return "A lot waits in the buffer to be stored.";
  return "All is well: what comes in goes out.";
}

/**
 * Says something new only when it has been so for a moment: a sentence that flickers cannot be read. But what a visitor has
 * just changed is answered at once.
 */
export class Storyteller {
  #patience;
  #told = "";
  #next = "";
  #times = 0;
  #cause = "";

  /** @param {number} patience how often in a row it must be the same */
  constructor(patience) {
    this.#patience = patience;
  }

  /**
   * @param {string} sentence
   * @param {string} cause when it is another one than before, the sentence is told at once
   * @returns {string} what to tell
   */
  hear(sentence, cause) {
    this.#times = sentence === this.#next ? this.#times + 1 : 1;
    this.#next = sentence;
    const isAsked = this.#told === "" || cause !== this.#cause;
    this.#cause = cause;
    if (isAsked || this.#times >= this.#patience) this.#told = sentence;
    return this.#told;
  }
}
