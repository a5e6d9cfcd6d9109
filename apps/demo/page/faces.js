// @ts-check
import { count, figure } from "./numbers.js";
import { situationOf } from "./situation.js";

/**
 * What a box of the picture says; `share` of its gauge is filled, and something leaves it if it `flows`.
 *
 * @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot
 * @typedef {{ value: string, note: string, share?: number, mood?: "busy" | "full" | "bad" | "", flows: boolean }} Face
 */

/**
 * By the name of the box.
 *
 * @param {Snapshot} snapshot
 * @returns {Record<string, Face>}
 */
export function facesOf(snapshot) {
  return { ...outside(snapshot), ...dispatcher(snapshot), database: database(snapshot), ...behind(snapshot) };
}

/**
 * @param {Snapshot} snapshot
 * @returns {Record<string, Face>}
 */
function outside(snapshot) {
  const { producers, door, perSecond, controls } = snapshot;
  const flows = perSecond.taken > 0;
  return {
    producers: {
      value: `${count(perSecond.sent)}/s`,
      note: `of ${count(controls.arrivalRate)}/s wanted`,
      share: producers.unanswered / producers.producers,
      mood: situationOf(snapshot).isSlowed ? "full" : "",
      flows,
    },
    door: {
      value: `${count(perSecond.taken)}/s`,
      note: `${count(door.open)} ${door.open === 1 ? "request" : "requests"} open`,
      flows,
    },
  };
}

/**
 * @param {Snapshot} snapshot
 * @returns {Record<string, Face>}
 */
function dispatcher({ perSecond, inLine, buffer, limiter, senders, controls, batchRows }) {
  const isFull = buffer.rows >= buffer.capacity;
  const flows = perSecond.sends > 0;
  return {
    line: {
      value: count(inLine),
      note: "wait for room",
      share: inLine / buffer.capacity,
      mood: inLine > 0 ? "full" : "",
      flows: perSecond.taken > 0,
    },
    buffer: {
      value: count(buffer.rows),
      note: noteOfBuffer(buffer),
      share: buffer.rows / buffer.capacity,
      mood: isFull ? "full" : "",
      flows,
    },
    limiter: {
      value: limiter === null ? "shared" : figure(limiter.tokens),
      note: controls.statementsPerSecond === null ? "with others" : `tokens, ${count(controls.statementsPerSecond)}/s`,
      share: limiter === null ? 0 : limiter.tokens / limiter.burst,
      flows,
    },
    senders: {
      value: `${count(senders.busy)} of ${count(senders.of)}`,
      note: `${figure(batchRows)} a batch`,
      share: senders.busy / senders.of,
      mood: senders.busy > 0 ? "busy" : "",
      flows,
    },
  };
}

/** @param {Snapshot["buffer"]} buffer */
function noteOfBuffer({ rows, capacity }) {
  // Dispatchers from before, with larger buffers, are still emptying themselves.
  if (rows > capacity) return "was larger before";
  return rows === capacity ? `full at ${count(capacity)}` : `of ${count(capacity)}`;
}

/**
 * @param {Snapshot} snapshot
 * @returns {Face}
 */
function database(snapshot) {
  const { controls, sink, perSecond } = snapshot;
  const face = { value: `${count(perSecond.stored)}/s`, flows: perSecond.saves > 0 };
  const state = situationOf(snapshot).database;
  switch (state) {
    case "fails": {
      const why = sink.trouble === null || sink.trouble === "WEATHER" ? "" : `: ${sink.trouble}`;
      return { ...face, note: `fails${why}`.slice(0, 20), mood: "bad" };
    }
    case "slower":
      return { ...face, note: `${count(controls.sinkLatencyMs)} ms slower`, mood: "busy" };
    default:
      return { ...face, note: state, mood: state === "well" ? "" : "bad" };
  }
}

/**
 * @param {Snapshot} snapshot
 * @returns {Record<string, Face>}
 */
function behind({ perSecond, rows, reports, threads }) {
  return {
    rows: {
      value: `${figure(perSecond.saves)}/s`,
      note: `${count(rows.airports)} airports`,
      flows: reports.running > 0,
    },
    reports: {
      value: count(reports.running + reports.queued),
      note: `${count(reports.built)} built`,
      mood: reports.running > 0 ? "busy" : "",
      flows: threads.busy > 0,
    },
    threads: {
      value: `${count(threads.busy)} of ${count(threads.of)}`,
      note: "at work",
      share: threads.busy / threads.of,
      mood: threads.busy > 0 ? "busy" : "",
      flows: false,
    },
  };
}
