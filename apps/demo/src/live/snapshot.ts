import type { DispatcherStats, PoolStats } from "@disp/core";
import type { AggregatesStats } from "../aggregates.ts";
import type { Counters } from "../counters.ts";
import type { Books } from "../pipeline.ts";
import type { ReportsStats } from "../reports.ts";
import type { Controls } from "./controls.ts";
import { Growth } from "./growth.ts";
import type { Latencies } from "./latencies.ts";
import type { LoadStats } from "./load.ts";
import type { SinkHealth } from "./sink-watch.ts";

/** All that is read at one moment. */
export interface Reading {
  readonly state: "open" | "draining" | "drained" | "stopping";
  readonly books: Books;
  readonly dispatcher: DispatcherStats;
  readonly capacity: number;
  /** Rows in all batches that were ever sent. */
  readonly batchRows: number;
  readonly latency: Latencies | undefined;
  /** Undefined: shared with others, who knows. */
  readonly limiter: { readonly tokens: number; readonly burst: number } | undefined;
  readonly door: Counters;
  readonly load: LoadStats;
  readonly sink: SinkHealth;
  readonly airports: AggregatesStats;
  readonly reports: ReportsStats;
  readonly threads: PoolStats;
  readonly mostThreads: number;
  readonly controls: Controls;
  readonly end: End | undefined;
}

/** How a drain ended. */
export interface End {
  readonly taken: number;
  readonly stored: number;
  readonly refused: number;
  /** What the table has more than at the start; null: it could not be asked. */
  readonly newRows: number | null;
  /** Rows that were in the table already when they were stored. */
  readonly repeated: number;
}

const GROWING = [
  "taken",
  "stored",
  "refused",
  "batches",
  "batchRows",
  "sends",
  "retries",
  "saves",
  "built",
  // What the producers did, and what they would have done.
  "sent",
  "heldBack",
  // Of the database: statements that ended, and those that failed.
  "statements",
  "failed",
] as const;
const REASONS = ["overflow", "rejected", "retries-exhausted", "aborted"] as const;
type Growing = (typeof GROWING)[number] | (typeof REASONS)[number];

/** What the page is told: whole each time, numbers and fixed words only, and nothing that a client has written. */
export type Snapshot = ReturnType<Snapshots["take"]>;

/** Makes snapshots of readings. Pure: it is told the time. */
export class Snapshots {
  readonly #growth: Growth<Growing>;

  constructor(overMs: number) {
    this.#growth = new Growth(overMs);
  }

  /** Nobody has looked for a while: rates begin anew. */
  clear(): void {
    this.#growth.clear();
  }

  take(reading: Reading, now: number) {
    const { state, books, dispatcher, door, load, sink, limiter, latency, controls, end } = reading;
    const { dropped } = dispatcher;
    this.#growth.add(now, countsOf(reading));
    const batches = this.#growth.by("batches");
    return {
      at: now,
      state,
      books: { ...books, balanced: isBalanced(books, dispatcher) },
      perSecond: this.#rates(GROWING),
      dropsPerSecond: this.#rates(REASONS),
      batchRows: batches === 0 ? null : round(this.#growth.by("batchRows") / batches),
      latency: latency === undefined ? null : { p50: round(latency.p50), p99: round(latency.p99) },
      producers: load,
      door: { requests: door.requests, open: door.open },
      inLine: dispatcher.waiting,
      buffer: { rows: dispatcher.buffer.total.items, capacity: reading.capacity, batches: dispatcher.buffer.batches },
      limiter: limiter === undefined ? null : { tokens: round(Math.max(0, limiter.tokens)), burst: limiter.burst },
      senders: { busy: dispatcher.inFlight, of: controls.concurrency },
      totals: { sends: dispatcher.sends, retries: dispatcher.retries, batches: dispatcher.batches },
      dropped: Object.fromEntries(REASONS.map((reason) => [reason, dropped[reason]])) as Record<
        (typeof REASONS)[number],
        number
      >,
      sink: { statements: sink.statements, failed: sink.failed, trouble: sink.trouble ?? null },
      ...behind(reading),
      controls,
      end: end ?? null,
    };
  }

  #rates<Name extends Growing>(names: readonly Name[]): Record<Name, number> {
    const rates = names.map((name) => [name, round(this.#growth.perSecond(name))]);
    return Object.fromEntries(rates) as Record<Name, number>;
  }
}

/** The books are kept apart from the dispatcher: they agree, or something was lost or counted twice. */
function isBalanced({ stored, waiting }: Books, { delivered, buffer, waiting: inLine }: DispatcherStats): boolean {
  return stored === delivered && waiting === buffer.total.items + inLine;
}

function behind({ airports, reports, threads, mostThreads }: Reading) {
  return {
    rows: { airports: airports.airports, busy: airports.runningBatches, saves: airports.saves },
    reports: { queued: reports.queued, running: reports.running, built: reports.built },
    threads: { busy: threads.running, of: mostThreads },
  };
}

function countsOf(reading: Reading): Record<Growing, number> {
  const { books, dispatcher, batchRows, airports, reports, load, sink } = reading;
  const { batches, sends, retries, dropped } = dispatcher;
  const { taken, stored, refused } = books;
  const { saves } = airports;
  const { sent, heldBack } = load;
  const { statements, failed } = sink;
  const flow = { taken, stored, refused, batches, batchRows, sends, retries, saves, built: reports.built };
  return { ...flow, sent, heldBack, statements, failed, ...dropped };
}

/** To a tenth. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
