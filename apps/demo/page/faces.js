// @ts-check
import { count, figure } from "./numbers.js";

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
function outside({ producers, door, perSecond, controls }) {
  const waits = producers.unanswered === producers.producers;
  const flows = perSecond.taken > 0;
  return {
    producers: {
      value: `${count(controls.arrivalRate)}/s`,
      note: waits ? "all wait" : `${count(producers.unanswered)} of ${count(producers.producers)} wait`,
      share: producers.unanswered / producers.producers,
      mood: waits ? "full" : "",
      flows,
    },
    door: { value: `${count(perSecond.taken)}/s`, note: `${count(door.held)} requests held`, flows },
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
      note: isFull ? `full at ${count(buffer.capacity)}` : `of ${count(buffer.capacity)}`,
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

/**
 * @param {Snapshot} snapshot
 * @returns {Face}
 */
function database({ controls, sink, perSecond }) {
  const face = { value: `${count(perSecond.stored)}/s`, flows: perSecond.saves > 0 };
  if (controls.sinkPaused) return { ...face, note: "paused", mood: "bad" };
  if (sink.trouble !== null) {
    const why = sink.trouble === "WEATHER" ? "" : `: ${sink.trouble}`;
    return { ...face, note: `fails${why}`.slice(0, 20), mood: "bad" };
  }
  if (controls.sinkLatencyMs > 0) return { ...face, note: `${count(controls.sinkLatencyMs)} ms slower`, mood: "busy" };
  return { ...face, note: "well" };
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
