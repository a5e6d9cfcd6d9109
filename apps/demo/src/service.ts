import { availableParallelism } from "node:os";
import type { DispatcherStats, PoolStats, Summary } from "@disp/core";
import { Aggregates, type AggregatesStats } from "./aggregates.ts";
import type { AirportFigures } from "./airport-figures.ts";
import { Archiver } from "./archiver.ts";
import { Gateway, type GatewayLimits } from "./gateway.ts";
import { Dashboard } from "./live/dashboard.ts";
import { WatchedPipeline } from "./live/watched-pipeline.ts";
import type { Pipeline } from "./pipeline.ts";
import { type AirportReport, ReportFiles } from "./report-files.ts";
import { Reports, type ReportsStats } from "./reports.ts";
import { shareNothing, type Sharing } from "./sharing.ts";
import type { Store, TableChoice } from "./store.ts";

const LAST_ANSWERS_MS = 3_000;
const MOST_THREADS = 4;
/** How many airports have rows, when nothing else is said. */
export const MAX_AIRPORTS = 10_000;

export interface ServiceOptions extends TableChoice {
  /** Where archives and reports go. */
  readonly folder: string;
  readonly limits?: Partial<GatewayLimits>;
  /** How long stopping may wait for the database, in milliseconds. */
  readonly drainMs?: number;
  /** How long stopping may wait for rows of airports, for reports and for threads, each; in milliseconds. */
  readonly settleMs?: number;
  /** How long changes of an airport are gathered before its row is saved, in milliseconds. */
  readonly windowMs?: number;
  /** How often somebody looks for what a crash has left out of the rows, in milliseconds. */
  readonly sweepMs?: number;
  /** How often its report is built at most, in milliseconds; see {@link reportHold}. */
  readonly holdMs?: number;
  readonly maxAirports?: number;
  /** So long after nobody looks at the page any more its producers end, in milliseconds. */
  readonly unwatchedMs?: number;
  /** With other gateways. Closed when the service stops. */
  readonly sharing?: Sharing;
  /** What a thread starts with. */
  readonly threadFile?: URL;
}

/** What is known of an airport. */
export interface AirportAnswer extends AirportFigures {
  readonly airport: string;
  /** Null: not built yet. */
  readonly report: AirportReport | null;
}

export interface ServiceStats {
  readonly dispatcher: DispatcherStats;
  readonly airports: AggregatesStats;
  readonly reports: ReportsStats;
  readonly threads: PoolStats;
}

/** Door, dispatcher, database, and what is made of the events behind it, put together. */
export class Service {
  readonly gateway: Gateway;
  readonly dispatcher: Pipeline;
  readonly dashboard: Dashboard;
  readonly aggregates: Aggregates;
  readonly reports: Reports;
  readonly files: ReportFiles;
  readonly archiver: Archiver;
  readonly maxAirports: number;
  readonly #store: Store;
  readonly #sharing: Sharing;
  readonly #fresh: boolean;
  readonly #drainMs: number;
  readonly #settleMs: number;
  #stopping: Promise<Summary> | undefined;

  constructor(store: Store, options: ServiceOptions) {
    const { folder, table, fresh, limits = {}, drainMs = 10_000, settleMs = 5_000, threadFile } = options;
    const {
      windowMs = 2_000,
      sweepMs = 3_000,
      holdMs = 30_000,
      maxAirports = MAX_AIRPORTS,
      sharing = shareNothing(),
    } = options;
    this.#store = store;
    this.#sharing = sharing;
    this.#fresh = fresh;
    this.maxAirports = maxAirports;
    this.#drainMs = drainMs;
    this.#settleMs = settleMs;
    this.files = new ReportFiles(folder, table);
    // One processor is this thread's, which asks the database.
    const threads = Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1));
    this.archiver = new Archiver(store.airports, { threads, ...(threadFile && { file: threadFile }) });
    this.reports = new Reports({
      archiver: this.archiver,
      files: this.files,
      holdMs,
      rows: () => store.airports.rows(),
      keys: sharing.reportKeys,
      sweepKeys: sharing.sweepKeys,
    });
    const onChange = (airport: string): void => this.reports.request(airport);
    this.aggregates = new Aggregates(store, { windowMs, sweepMs, maxAirports, onChange, sharing });
    const { rateLimit } = sharing;
    const watched = new WatchedPipeline({ insert: this.aggregates.insert, concurrency: store.parallelism, rateLimit });
    this.dispatcher = watched.pipeline;
    this.dashboard = new Dashboard({
      watched,
      read: () => ({ ...this.stats(), door: this.gateway.counters, mostThreads: threads }),
      countRows: () => store.countRows(),
      ...(options.unwatchedMs !== undefined && { unwatchedMs: options.unwatchedMs }),
    });
    this.gateway = new Gateway({
      dispatcher: this.dispatcher,
      airport: (code) => this.airport(code),
      stats: () => this.stats(),
      page: this.dashboard,
      limits,
    });
  }

  /** Sees to what a crash has left undone. Call it before the gateway listens. */
  async start(): Promise<void> {
    await this.files.open({ fresh: this.#fresh });
    await this.dashboard.start();
    await this.aggregates.start();
    this.reports.start();
  }

  /**
   * Resolves once all that is stored is in the rows of the airports, and each has a report of that; with the airports
   * whose reports failed. Call it while nothing comes in.
   */
  async settle(): Promise<Map<string, unknown>> {
    await this.aggregates.settled();
    return this.reports.rebuild(this.aggregates.names);
  }

  /** Undefined: there is none of this name. */
  async airport(code: string): Promise<AirportAnswer | undefined> {
    const { version, ...figures } = await this.#store.airports.load(code);
    if (version === 0) return undefined;
    return { airport: code, ...figures, report: (await this.reports.read(code)) ?? null };
  }

  stats(): ServiceStats {
    return {
      dispatcher: this.dispatcher.stats(),
      airports: this.aggregates.stats(),
      reports: this.reports.stats(),
      threads: this.archiver.stats(),
    };
  }

  /**
   * Takes nothing more, stores what was taken, answers those who wait, saves the rows of the airports, ends reports and
   * threads, and closes the database, in this order. Each step has a deadline of its own.
   */
  stop(): Promise<Summary> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<Summary> {
    const timeoutMs = this.#settleMs;
    this.dashboard.calm();
    this.gateway.drain();
    const summary = await this.dispatcher.drain({ timeoutMs: this.#drainMs });
    this.dashboard.close();
    await this.gateway.close(LAST_ANSWERS_MS);
    await this.aggregates.stop({ timeoutMs });
    await this.reports.stop({ timeoutMs });
    await this.archiver.quit({ timeoutMs });
    await this.#sharing.close();
    await this.#store.close();
    return summary;
  }
}
