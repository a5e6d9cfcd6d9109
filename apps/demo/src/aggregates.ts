import {
  BatchProcessor,
  type BatchProcessorStats,
  exponentialBackoff,
  ProcessorStoppedError,
  retry,
  type Unchanged,
  unchanged,
} from "@disp/core";
import type { AirportRow } from "./airport-store.ts";
import type { Sharing } from "./sharing.ts";
import type { Insert } from "./store-batch.ts";
import type { Store } from "./store.ts";
import { Sweep } from "./sweep.ts";

/** How the rows of the airports are kept. */
export interface AggregatesOptions {
  /** How long an airport waits for company before it is loaded and saved, in milliseconds. */
  readonly windowMs: number;
  /** How often somebody looks for what was left in the outbox, in milliseconds. */
  readonly sweepMs: number;
  /** Events of any airport beyond so many are stored, but not added up: a client decides what airports there are. */
  readonly maxAirports: number;
  /** Told of each airport whose row was changed. */
  readonly onChange: (airport: string) => void;
  readonly sharing: Pick<Sharing, "rowLock" | "sweepKeys">;
}

/** What was added up so far. */
export interface AggregatesStats extends BatchProcessorStats {
  readonly airports: number;
  /** Events that were sent and were in the table already. */
  readonly repeated: number;
  /** One for each airport of each statement that stored something. */
  readonly runs: number;
  /** One for each airport and window. */
  readonly saves: number;
  readonly failedRuns: number;
  /** Airports that were found in the outbox, left by somebody. */
  readonly swept: number;
  /** Shares of airports beyond the limit. */
  readonly ignored: number;
}

const CALL_MS = 30_000;
const PATIENCE = exponentialBackoff({ initialMs: 100, multiplier: 2, maxMs: 2_000, maxRetries: 10, jitter: "full" });

/**
 * One row for each airport, with what its events add up to. The statement that inserts events leaves what they add in an
 * outbox in the database. From there it is moved to the rows: a `BatchProcessor` loads and saves a row once per window,
 * however many statements had events for it.
 *
 * Nobody who stores an event waits for that, or fails with it. A save that fails, and a crash, leave in the outbox what was
 * not added; whoever saves the airport next takes it along, and a {@link Sweep} sees to it that somebody does.
 */
export class Aggregates {
  readonly #store: Store;
  readonly #options: AggregatesOptions;
  readonly #rows: BatchProcessor<AirportRow>;
  readonly #sweep: Sweep;
  readonly #known = new Set<string>();
  readonly #counts = { repeated: 0, runs: 0, saves: 0, failedRuns: 0, swept: 0, ignored: 0 };
  /** Failures are told of once, until something succeeds: an outage would print as many lines as there are airports. */
  #isFailing = false;

  constructor(store: Store, options: AggregatesOptions) {
    this.#store = store;
    this.#options = options;
    const { airports } = store;
    this.#rows = new BatchProcessor({
      load: (key, call) => airports.load(key, call),
      save: (key, _row, call) => airports.save(key, call),
      minDurationMs: options.windowMs,
      maxDurationMs: CALL_MS,
      lock: options.sharing.rowLock,
      // A database of one session would only queue what more lanes ask of it, in front of the next insert.
      lanes: store.parallelism,
    });
    this.#rows.subscribe(({ key, operations, saved, error }) => {
      this.#counts.runs += operations;
      if (saved) this.#saved(key);
      if (error !== undefined) this.#failed(key, operations, error);
    });
    const { sweepMs, windowMs, sharing } = options;
    this.#sweep = new Sweep({
      name: "shares in the outbox",
      keys: sharing.sweepKeys,
      everyMs: sweepMs,
      // Later on, what is young is left to whoever has stored it.
      look: async (isFirst) => {
        await Promise.allSettled(await this.#takeUp(isFirst ? 0 : 2 * windowMs + sweepMs));
      },
    });
  }

  /** Begins to take up what was left in the outbox. Call it before the first insert. */
  async start(): Promise<void> {
    for (const { airport } of await this.#store.airports.rows()) this.#known.add(airport);
    this.#sweep.start();
  }

  /** Inserts, and sees to it that what was new is added up; resolves once the rows are inserted. */
  readonly insert: Insert = async (rows, options) => {
    const inserted = await this.#store.insert(rows, options);
    this.#counts.repeated += rows.length - inserted.count;
    for (const airport of inserted.airports) this.#run(airport).catch(ignore);
    return inserted;
  };

  get names(): ReadonlySet<string> {
    return this.#known;
  }

  /** Resolves once everything inserted before is in the rows. Call it while nothing is inserted. */
  async settled(): Promise<void> {
    await retry(
      async () => {
        await Promise.all(await this.#takeUp(0));
        const left = await this.#waiting(0);
        if (left.length > 0) throw new Error(`Cannot settle: the outbox must be empty, got ${left.length} airports`);
      },
      { policy: PATIENCE },
    );
  }

  /** Saves what is there, up to a deadline. What is left then is in the outbox. */
  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    const { failedRuns } = this.#counts;
    await Promise.all([this.#rows.stop({ timeoutMs }), this.#sweep.stop({ timeoutMs })]);
    const late = this.#counts.failedRuns - failedRuns;
    if (late > 0)
      console.error(`${late} changes of airports were not saved: the next gateway finds them in the outbox.`);
  }

  stats(): AggregatesStats {
    const { size: airports } = this.#known;
    return { airports, ...this.#counts, ...this.#rows.stats() };
  }

  /** Begins to move what is in the outbox to the rows. */
  async #takeUp(olderThanMs: number): Promise<Promise<void>[]> {
    const airports = await this.#waiting(olderThanMs);
    this.#counts.swept += airports.length;
    return airports.map((airport) => this.#run(airport));
  }

  #waiting(olderThanMs: number): Promise<string[]> {
    return this.#store.airports.waiting({ olderThanMs, maxAirports: this.#options.maxAirports });
  }

  /** The work is in the save, which takes from the outbox what is there by then; all that is told here is that there is some. */
  async #run(airport: string): Promise<void> {
    if (this.#know(airport)) await this.#rows.run(airport, (row) => this.#admit(airport, row));
    else this.#counts.ignored++;
  }

  #know(airport: string): boolean {
    if (!this.#known.has(airport) && this.#known.size >= this.#options.maxAirports) return false;
    this.#known.add(airport);
    return true;
  }

  /** Other gateways may have had the last free places. Then it stays in the outbox, and nothing is saved. */
  #admit(airport: string, { version, others }: AirportRow): Unchanged<undefined> | undefined {
    if (version > 0 || others < this.#options.maxAirports) return undefined;
    if (this.#known.delete(airport)) this.#counts.ignored++;
    return unchanged();
  }

  #saved(airport: string): void {
    this.#counts.saves++;
    this.#isFailing = false;
    this.#options.onChange(airport);
  }

  #failed(airport: string, runs: number, error: Error): void {
    this.#counts.failedRuns += runs;
    if (error instanceof ProcessorStoppedError || this.#isFailing) return;
    this.#isFailing = true;
    console.error(`The row of airport ${JSON.stringify(airport)} was not saved, and will be later:`, error);
  }
}

function ignore(): void {
  // It was told to the subscriber, and the outbox still has it.
}
