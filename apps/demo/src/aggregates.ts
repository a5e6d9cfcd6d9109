import {
  BackgroundProcessor,
  BatchProcessor,
  type BatchProcessorStats,
  exponentialBackoff,
  ProcessorStoppedError,
} from "@disp/core";
import { type AirportShare, sumOf } from "./airport-figures.ts";
import { type AirportRow, StaleAirportError } from "./airport-store.ts";
import { canBeAirport } from "./airport-name.ts";
import { refusalOf } from "./database-errors.ts";
import type { EventRow } from "./events.ts";
import { Passage } from "./passage.ts";
import type { Insert } from "./store-batch.ts";
import type { Store } from "./store.ts";

/** How the rows of the airports are kept. */
export interface AggregatesOptions {
  /** How long an airport waits for company before it is loaded and saved, in milliseconds. */
  readonly windowMs: number;
  /** Events of any airport beyond so many are stored, but not added up: a client decides what airports there are. */
  readonly maxAirports: number;
  /** Told of each airport whose row was changed. */
  readonly onChange: (airport: string) => void;
}

/** What was added up so far. */
export interface AggregatesStats extends BatchProcessorStats {
  readonly airports: number;
  /** One for each airport of each statement that stored something. */
  readonly runs: number;
  /** One for each airport and window. */
  readonly saves: number;
  readonly failedRuns: number;
  /** Airports whose rows were computed anew from the events, since something went wrong. */
  readonly recomputed: number;
  /** Airports that wait for that. */
  readonly inDoubt: number;
  /** Shares of airports beyond the limit. */
  readonly ignored: number;
}

const CALL_MS = 30_000;

/**
 * One row for each airport, with what its events add up to. What a statement has inserted is added to the rows of its
 * airports, once: a `BatchProcessor` loads and saves a row once per window, however many statements had events for it.
 *
 * Nobody who stores an event waits for that, or fails with it. Where it is unknown what has been added (a save that
 * failed, an insert whose answer got lost), the row is computed anew from the events, at a moment when no insert is under
 * way and none is still to be added. A crash is healed in the same way, for all airports, at the next start.
 */
export class Aggregates {
  readonly #store: Store;
  readonly #options: AggregatesOptions;
  readonly #rows: BatchProcessor<{ row: AirportRow }>;
  readonly #repairs: BackgroundProcessor<undefined>;
  readonly #inserts = new Passage();
  readonly #known = new Set<string>();
  readonly #inDoubt = new Set<string>();
  /** Rows whose insert has failed, and may have stored them. */
  readonly #unsure = new WeakSet<EventRow>();
  readonly #adding = new Set<Promise<void>>();
  readonly #counts = { runs: 0, saves: 0, failedRuns: 0, recomputed: 0, ignored: 0 };

  constructor(store: Store, options: AggregatesOptions) {
    this.#store = store;
    this.#options = options;
    const { airports } = store;
    this.#rows = new BatchProcessor({
      load: async (key, call) => ({ row: await airports.load(key, call) }),
      save: (key, { row }, call) => airports.save(key, row, call),
      minDurationMs: options.windowMs,
      maxDurationMs: CALL_MS,
      // A database of one session would only queue what more lanes ask of it, in front of the next insert.
      lanes: store.parallelism,
      isConflict: (error) => error instanceof StaleAirportError,
    });
    this.#rows.subscribe(({ key, operations, saved, error }) => {
      this.#counts.runs += operations;
      if (saved) this.#counts.saves++;
      if (error !== undefined) this.#failed(key, operations, error);
      if (saved) options.onChange(key);
    });
    this.#repairs = new BackgroundProcessor({
      process: () => this.#repair(),
      retry: exponentialBackoff({ initialMs: 500, multiplier: 2, maxMs: 30_000, maxRetries: Infinity, jitter: "full" }),
      whileRunning: "run-again",
    });
  }

  /** Computes all rows anew: whatever a crash has left undone is done then. Call it before the first insert. */
  async start(): Promise<void> {
    await this.#store.airports.recomputeAll(this.#options.maxAirports);
    for (const { airport } of await this.#store.airports.rows()) this.#known.add(airport);
  }

  /** Inserts, and adds up what was new; resolves once the rows are inserted. */
  readonly insert: Insert = (rows, options) =>
    this.#inserts.pass(async () => {
      try {
        const inserted = await this.#store.insert(rows, options);
        for (const share of inserted.airports) this.#add(share);
        this.#doubt(rows.filter((row) => this.#unsure.delete(row)).map(originOf));
        return inserted;
      } catch (error) {
        if (refusalOf(error) === undefined) this.#lose(rows);
        throw error;
      }
    });

  get names(): ReadonlySet<string> {
    return this.#known;
  }

  /** Resolves once everything inserted before is in the rows. Call it while nothing is inserted. */
  async settled(): Promise<void> {
    await Promise.all(this.#adding);
    if (this.#inDoubt.size > 0) await this.#repair();
  }

  /** Saves what is there, up to a deadline. What is left then is healed at the next start. */
  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    const { failedRuns } = this.#counts;
    await this.#rows.stop({ timeoutMs });
    const late = this.#counts.failedRuns - failedRuns;
    if (late > 0)
      console.error(`${late} changes of airports were not saved: rows are computed anew at the next start.`);
    await this.#repairs.stop({ timeoutMs });
  }

  stats(): AggregatesStats {
    const { size: airports } = this.#known;
    return { airports, ...this.#counts, inDoubt: this.#inDoubt.size, ...this.#rows.stats() };
  }

  #add(share: AirportShare): void {
    const { airport } = share;
    if (!this.#know(airport)) return;
    const adding = this.#rows
      .run(airport, (it) => {
        it.row = { ...sumOf(it.row, share), version: it.row.version };
      })
      .catch(() => this.#doubt([airport]))
      .finally(() => this.#adding.delete(adding));
    this.#adding.add(adding);
  }

  #know(airport: string): boolean {
    if (this.#known.has(airport)) return true;
    if (this.#known.size >= this.#options.maxAirports) {
      this.#counts.ignored++;
      return false;
    }
    this.#known.add(airport);
    return true;
  }

  /**
   * Whether such a statement has stored its rows nobody knows, nor when it is over. The next one that has these rows waits
   * for it, so that is when it can be known at the latest.
   */
  #lose(rows: readonly EventRow[]): void {
    for (const row of rows) this.#unsure.add(row);
    this.#doubt(rows.map(originOf));
  }

  #failed(airport: string, runs: number, error: Error): void {
    this.#counts.failedRuns += runs;
    if (error instanceof ProcessorStoppedError) return;
    console.error(`The row of airport ${JSON.stringify(airport)} was not saved, and will be computed anew:`, error);
  }

  #doubt(airports: readonly (string | undefined)[]): void {
    for (const airport of airports) {
      if (airport !== undefined && this.#know(airport)) this.#inDoubt.add(airport);
    }
    if (this.#inDoubt.size > 0) void this.#repairs.schedule("rows in doubt", undefined);
  }

  async #repair(): Promise<void> {
    await this.#inserts.alone(async () => {
      // What is still to be added is in the events already: after this, it would count twice.
      await Promise.all(this.#adding);
      const airports = [...this.#inDoubt];
      await this.#store.airports.recompute(airports);
      for (const airport of airports) this.#inDoubt.delete(airport);
      this.#counts.recomputed += airports.length;
      for (const airport of airports) this.#options.onChange(airport);
    });
  }
}

/** What the database would take for the airport. */
function originOf({ payload }: EventRow): string | undefined {
  const { origin } = JSON.parse(payload) as { readonly origin?: unknown };
  return typeof origin === "string" && canBeAirport(origin) ? origin : undefined;
}
