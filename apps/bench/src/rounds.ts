import { GCProfiler, getHeapStatistics } from "node:v8";
import type { Play, Round } from "./case.ts";
import { coreWaitNs } from "./core-wait.ts";

/** What a timed round took, in ns per item. */
export interface Timing {
  /** On a core. */
  readonly ns: number;
  /** Waiting for a core, which is not in `ns`. */
  readonly waitNs: number;
}

/** What a round took of the heap, in bytes. Undefined where the play did not ask. */
export interface Weight {
  /** Allocated while it ran, for each item: what the garbage collector will have to look at. */
  readonly allocated: number;
  /** Held for each waiting item. */
  readonly waiting: number | undefined;
  /** Held by all in all once empty. */
  readonly emptied: number | undefined;
}

/** Does the job once, and looks at every item. */
export async function check(play: Play, count: number): Promise<void> {
  const round: Round = { count, isThorough: true, start: ignore, stop: ignore, weigh: ignore };
  await play(round);
}

/** Does the job once against the clock. Where the garbage collector can be called it starts on a clean heap. */
export async function time(play: Play, count: number): Promise<Timing> {
  const round = new TimedRound(count);
  globalThis.gc?.();
  await play(round);
  return { ns: (round.elapsedMs * 1e6 - round.waitNs) / count, waitNs: round.waitNs / count };
}

/** Does the job once and weighs the heap. Needs `--expose-gc`. */
export async function weigh(play: Play, count: number): Promise<Weight> {
  const round = new WeighedRound(count);
  await play(round);
  return { allocated: round.allocated / count, waiting: round.waiting, emptied: round.emptied };
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

class WeighedRound implements Round {
  readonly count: number;
  readonly isThorough = false;
  allocated = 0;
  waiting: number | undefined = undefined;
  emptied: number | undefined = undefined;
  readonly #baseline: number;
  #profiler = new GCProfiler();
  #usedBefore = 0;

  constructor(count: number) {
    this.count = count;
    this.#baseline = cleanHeap();
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

  weigh(when: "waiting" | "emptied", items = 1): void {
    this[when] = (cleanHeap() - this.#baseline) / items;
  }
}

function usedHeap(): number {
  return getHeapStatistics().used_heap_size;
}

function cleanHeap(): number {
  if (globalThis.gc === undefined) throw new Error("Cannot weigh the heap: node must run with --expose-gc");
  // What dies in the first collection may have kept something else alive.
  globalThis.gc();
  globalThis.gc();
  return usedHeap();
}
