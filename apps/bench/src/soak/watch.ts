import { getEventListeners } from "node:events";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { activeTimers } from "../growth/timers.ts";
import { cleanBytes } from "../heap.ts";
import type { Books } from "./books.ts";
import type { Part } from "./part.ts";
import { median } from "../statistics.ts";
import type { Row } from "../study.ts";
import { WrongResultError } from "../wrong-result.ts";

/** What is there at one moment, in the middle of the work. */
export interface Sample {
  readonly heapMb: number;
  readonly timers: number;
  readonly listeners: number;
}

/** The middle of the last third may be above that of the first by so much. */
const MORE_HEAP = 0.05;
const MORE_HEAP_MB = 1;
/** Who happens to wait differs from moment to moment. */
const MORE_TIMERS = 2;
/** Each of those who work together has one timer for all its calls, and some have two; each package one listener. */
const MOST_TIMERS = 20;
const MOST_LISTENERS = 10;

/** @returns what is wrong with timers and listeners at any moment. */
export function excess({ timers, listeners }: Sample): string | undefined {
  if (timers > MOST_TIMERS) return `${timers} timers were active at a time, not ${MOST_TIMERS} at most`;
  if (listeners > MOST_LISTENERS) return `${listeners} listeners were there at a time, not ${MOST_LISTENERS} at most`;
  return undefined;
}

/** @returns what has grown from the first third to the last. */
export function growth(samples: readonly Sample[]): string | undefined {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const first = middle(samples.slice(0, third));
  const last = middle(samples.slice(-third));
  if (last.heapMb > first.heapMb * (1 + MORE_HEAP) + MORE_HEAP_MB) {
    return `the heap grew from ${first.heapMb.toFixed(2)} to ${last.heapMb.toFixed(2)} MB`;
  }
  if (last.timers > first.timers + MORE_TIMERS) return `timers grew from ${first.timers} to ${last.timers}`;
  if (last.listeners > first.listeners) return `listeners grew from ${first.listeners} to ${last.listeners}`;
  return undefined;
}

function middle(samples: readonly Sample[]): Sample {
  return {
    heapMb: median(samples.map(({ heapMb }) => heapMb)),
    timers: median(samples.map(({ timers }) => timers)),
    listeners: median(samples.map(({ listeners }) => listeners)),
  };
}

/** Looks at a soak from the outside. */
export class Watch {
  readonly samples: Sample[] = [];
  readonly rows: Row[] = [];
  readonly #parts: readonly Part[];
  readonly #books: readonly Books[];
  readonly #signal: AbortSignal;
  readonly #timersBefore = activeTimers();
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 5 });
  #rowFrom = 0;
  #rowSince = performance.now();
  #endedBefore = 0;

  constructor(parts: readonly Part[], signal: AbortSignal) {
    this.#parts = parts;
    this.#books = parts.flatMap(({ books }) => books);
    this.#signal = signal;
    this.#delay.enable();
  }

  /** @throws WrongResultError when something does not add up, or is there too often. */
  sample(): void {
    for (const part of this.#parts) part.audit();
    const sample = { timers: this.#timers(), listeners: this.#listeners(), heapMb: cleanBytes() / 2 ** 20 };
    this.samples.push(sample);
    this.#mustBe(excess(sample), "");
  }

  /** A row for all since the last one. @throws WrongResultError when something is lost, or came twice. */
  endRow(name: string): Row {
    const samples = this.samples.slice(this.#rowFrom);
    const now = performance.now();
    const ended = this.#sum(({ ended }) => ended);
    const perSecond = ((ended - this.#endedBefore) * 1_000) / (now - this.#rowSince);
    const lost = this.#sum(({ overdue }) => overdue);
    const twice = this.#sum(({ twice }) => twice);
    const row: Row = {
      name,
      kind: "ours",
      cells: [
        median(samples.map(({ heapMb }) => heapMb)),
        Math.max(...samples.map(({ timers }) => timers)),
        Math.max(...samples.map(({ listeners }) => listeners)),
        Math.round(perSecond),
        this.#delay.percentile(99) / 1e6,
        lost,
        twice,
      ],
    };
    this.rows.push(row);
    this.#rowFrom = this.samples.length;
    this.#rowSince = now;
    this.#endedBefore = ended;
    this.#delay.reset();
    this.#mustBe(lost + twice > 0 ? `${lost} were lost and ${twice} came twice` : undefined, ` in ${name}`);
    return row;
  }

  /** All has been closed. @throws WrongResultError unless nothing is left. */
  end(): void {
    this.#delay.disable();
    for (const { name, books } of this.#parts) {
      const out = books.map((each) => each.out);
      const twice = books.map((each) => each.twice);
      const isClean = [...out, ...twice].every((count) => count === 0);
      this.#mustBe(isClean ? undefined : `${name} lost ${out.join(" + ")} and saw ${twice.join(" + ")} twice`, "");
    }
    const timers = this.#timers();
    const listeners = this.#listeners();
    const isLeft = timers + listeners > 0;
    this.#mustBe(isLeft ? `${timers} timers and ${listeners} listeners were left` : undefined, " at the end");
  }

  #timers(): number {
    return Math.max(0, activeTimers() - this.#timersBefore);
  }

  #listeners(): number {
    return getEventListeners(this.#signal, "abort").length;
  }

  #sum(pick: (books: Books) => number): number {
    return this.#books.reduce((sum, books) => sum + pick(books), 0);
  }

  #mustBe(wrong: string | undefined, when: string): void {
    if (wrong !== undefined) throw new WrongResultError(wrong + when);
  }
}
