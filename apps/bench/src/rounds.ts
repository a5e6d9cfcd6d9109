import { GCProfiler, getHeapStatistics } from "node:v8";
import type { Play, Round } from "./case.ts";
import { coreWaitNs } from "./core-wait.ts";
import { cleanBytes } from "./heap.ts";

/** What a timed round took, in ns per item. */
export interface Timing {
  /** On a core; all in all where threads take part. */
  readonly ns: number;
  /** Waiting for a core, which is not in `ns` unless threads take part. */
  readonly waitNs: number;
}

/** What a round holds of the heap, in bytes. Undefined where the play did not ask. */
export interface Weight {
  /** For each waiting item. */
  readonly waiting: number | undefined;
  /** All in all, once empty. */
  readonly emptied: number | undefined;
}

/** Does the job once, and looks at every item. */
export async function check(play: Play, count: number): Promise<void> {
  const round: Round = { count, isThorough: true, start: ignore, stop: ignore, weigh: ignore };
  await play(round);
}

/**
 * Does the job once against the clock.
 *
 * @param hasThreads - Whether other threads take part in it.
 */
export async function time(play: Play, count: number, hasThreads = false): Promise<Timing> {
  const round = new TimedRound(count);
  sweepYoung();
  await play(round);
  const lostNs = hasThreads ? 0 : round.waitNs;
  return { ns: (round.elapsedMs * 1e6 - lostNs) / count, waitNs: round.waitNs / count };
}

/** Does the job once. Resolves with the bytes allocated for each item: what the garbage collector has to look at. */
export async function allocate(play: Play, count: number): Promise<number> {
  const round = new AllocatingRound(count);
  sweepYoung();
  await play(round);
  return round.allocated / count;
}

/**
 * Does the job once and weighs the heap. Needs `--expose-gc`.
 *
 * To be called when all timing is over: a full collection throws away the compiled code that knows an object which died,
 * so that whoever makes a new object for each round would be timed while he is compiled again.
 */
export async function weigh(play: Play, count: number): Promise<Weight> {
  const round = new WeighedRound(count);
  await play(round);
  return { waiting: round.waiting, emptied: round.emptied };
}

/** What the one before has left behind should not be collected at the expense of the next. Compiled code stays. */
function sweepYoung(): void {
  globalThis.gc?.({ type: "minor" });
}

function ignore(): void {
  // A round that only checks has nothing to note.
}

class TimedRound implements Round {
  readonly count: number;
  readonly isThorough = false;
  elapsedMs = 0;
  waitNs = 0;
  #startedAt = 0;
  #waitBefore = 0;

  constructor(count: number) {
    this.count = count;
  }

  start(): void {
    this.#waitBefore = coreWaitNs();
    this.#startedAt = performance.now();
  }

  stop(): void {
    this.elapsedMs += performance.now() - this.#startedAt;
    this.waitNs += coreWaitNs() - this.#waitBefore;
  }

  weigh(): void {
    // In a timed round nobody weighs.
  }
}

class AllocatingRound implements Round {
  readonly count: number;
  readonly isThorough = false;
  allocated = 0;
  #profiler = new GCProfiler();
  #usedBefore = 0;

  constructor(count: number) {
    this.count = count;
  }

  start(): void {
    this.#profiler = new GCProfiler();
    this.#usedBefore = usedHeap();
    this.#profiler.start();
  }

  stop(): void {
    const grown = usedHeap() - this.#usedBefore;
    // What was allocated is what is there now, and what was collected meanwhile.
    const collected = this.#profiler
      .stop()
      .statistics.reduce(
        (sum, { beforeGC, afterGC }) =>
          sum + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
        0,
      );
    this.allocated += grown + collected;
  }

  weigh(): void {
    // Weighing would collect.
  }
}

class WeighedRound implements Round {
  readonly count: number;
  readonly isThorough = false;
  waiting: number | undefined = undefined;
  emptied: number | undefined = undefined;
  readonly #baseline: number;

  constructor(count: number) {
    this.count = count;
    this.#baseline = cleanBytes();
  }

  start(): void {
    // What lies between start and stop is of no interest here.
  }

  stop(): void {
    // Nor is its end.
  }

  weigh(when: "waiting" | "emptied", items = 1): void {
    this[when] = (cleanBytes() - this.#baseline) / items;
  }
}

function usedHeap(): number {
  return getHeapStatistics().used_heap_size;
}
