import { BackgroundProcessor, type BackgroundStats, type DedupStore, exponentialBackoff } from "@disp/core";
import { type AirportShare, sameFigures } from "./airport-figures.ts";
import type { Archiver } from "./archiver.ts";
import { reportHold } from "./report-hold.ts";
import type { AirportReport, Archive, ReportFiles } from "./report-files.ts";
import { Sweep } from "./sweep.ts";

export interface ReportsOptions {
  readonly archiver: Archiver;
  readonly files: ReportFiles;
  /** So long after a report of an airport was asked for, no other is begun, unless it is a large one; in milliseconds. */
  readonly holdMs: number;
  /** Shared with the other gateways. */
  readonly keys: DedupStore | undefined;
  readonly sweepKeys: DedupStore | undefined;
  /** What the reports should say. */
  readonly rows: () => Promise<AirportShare[]>;
}

export interface ReportsStats extends BackgroundStats {
  readonly requested: number;
  readonly built: number;
  /** Of the events that were archived, and of the archives. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Told why a build was given up; undefined: it was done. */
type Settle = (failure: Error | undefined) => void;

/** Builds the report and the archive of an airport, once per hold, however often its row changes. */
export class Reports {
  readonly #archiver: Archiver;
  readonly #files: ReportFiles;
  readonly #holdMs: number;
  readonly #rows: () => Promise<AirportShare[]>;
  readonly #builds: BackgroundProcessor<undefined>;
  readonly #sweep: Sweep;
  /** Airports with changes that no build has begun to look at. */
  readonly #changed = new Set<string>();
  /** Airports whose builds are under way. */
  readonly #building = new Set<string>();
  /** Changes that came during a hold. */
  readonly #later = new Set<string>();
  #laterTimer: NodeJS.Timeout | undefined;
  /** Who waits for the next build of an airport that has not begun. */
  readonly #waiting = new Map<string, Settle[]>();
  /** The newest build of each airport that was published. */
  readonly #newest = new Map<string, number>();
  /** How many events the newest report of each airport has, as far as it is known here. */
  readonly #events = new Map<string, number>();
  readonly #counts = { requested: 0, built: 0, bytesIn: 0, bytesOut: 0 };
  #attempts = 0;
  #isStopped = false;

  constructor({ archiver, files, holdMs, keys, sweepKeys, rows }: ReportsOptions) {
    this.#archiver = archiver;
    this.#files = files;
    this.#holdMs = holdMs;
    this.#rows = rows;
    const look = (): Promise<void> => this.#requestMissing();
    this.#sweep = new Sweep({ name: "missing reports", everyMs: holdMs, look, keys: sweepKeys });
    this.#builds = new BackgroundProcessor({
      process: (_, { key, signal }) => this.#build(key, signal),
      dedup: keys,
      // Reports can wait until it is known again who builds them.
      whenStoreFails: "refuse",
      concurrency: archiver.threads,
      // What comes while an airport is being read may be missing in its report.
      whileRunning: "run-again",
      retry: exponentialBackoff({ initialMs: 200, multiplier: 4, maxRetries: 3, jitter: "full" }),
      onError: ({ key, error }) => this.#giveUp(key, error),
    });
  }

  /** Begins to look for reports that nobody builds: what was to be built is in memory, and a crash forgets it. */
  start(): void {
    this.#sweep.start();
  }

  /** Has the report built soon: now, or when the hold is over. */
  request(airport: string): void {
    this.#counts.requested++;
    this.#changed.add(airport);
    void this.#schedule(airport);
  }

  /** Builds all anew, whatever holds there are. Resolves when each is built or given up, with those that were given up. */
  async rebuild(airports: Iterable<string>): Promise<Map<string, unknown>> {
    const failed = new Map<string, unknown>();
    await this.#builds.bumpGeneration();
    const builds = [...airports].map(async (airport) => {
      const built = this.#nextBuild(airport);
      this.request(airport);
      await built.catch((error: unknown) => failed.set(airport, error));
    });
    await Promise.all(builds);
    return failed;
  }

  read(airport: string): Promise<AirportReport | undefined> {
    return this.#files.read(airport);
  }

  /** Ends what runs, up to a deadline. What was not built is found missing at the next start. */
  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#laterTimer);
    await Promise.all([this.#sweep.stop({ timeoutMs }), this.#builds.stop({ timeoutMs })]);
    for (const airport of [...this.#waiting.keys()]) this.#settle(airport, new Error("the reports were stopped"));
  }

  stats(): ReportsStats {
    return { ...this.#counts, ...this.#builds.stats() };
  }

  /** Requests reports that are missing, or say something else than the row; but for those that it knows of. */
  async #requestMissing(): Promise<void> {
    for (const row of await this.#rows()) {
      if (this.#changed.has(row.airport) || this.#building.has(row.airport)) continue;
      const report = await this.#files.read(row.airport).catch(() => undefined);
      if (report !== undefined) this.#events.set(row.airport, report.events);
      if (report === undefined || !sameFigures(report, row)) this.request(row.airport);
    }
  }

  async #schedule(airport: string): Promise<void> {
    const result = await this.#builds.schedule(airport, undefined, { holdMs: this.#holdOf(airport) });
    if (result.scheduled) return;
    if (result.reason === "held" || result.reason === "store-unavailable") this.#askLater(airport);
    if (result.reason === "stopped") this.#settle(airport, new Error("the reports were stopped"));
  }

  #holdOf(airport: string): number {
    return reportHold(this.#holdMs, this.#events.get(airport) ?? 0);
  }

  /** A report that is a little late is no reason to keep the process alive. */
  #askLater(airport: string): void {
    this.#later.add(airport);
    this.#laterTimer ??= setTimeout(() => {
      this.#laterTimer = undefined;
      const airports = [...this.#later];
      this.#later.clear();
      for (const held of airports) void this.#schedule(held);
    }, this.#holdMs).unref();
  }

  async #build(airport: string, signal: AbortSignal): Promise<void> {
    // A job that waited in line since before a new generation has done it already.
    if (!this.#changed.delete(airport)) return;
    const attempt = ++this.#attempts;
    const waiting = this.#waiting.get(airport) ?? [];
    this.#waiting.delete(airport);
    this.#building.add(airport);
    try {
      const archive = await this.#archiver.write(airport, this.#files.partOf(airport, attempt), signal);
      await this.#publish(airport, attempt, archive);
      this.#events.set(airport, archive.events);
      this.#counts.built++;
      this.#counts.bytesIn += archive.bytes;
      this.#counts.bytesOut += archive.archiveBytes;
    } catch (error) {
      this.#changed.add(airport);
      this.#waiting.set(airport, [...waiting, ...(this.#waiting.get(airport) ?? [])]);
      await this.#files.discard(airport, attempt);
      throw error;
    } finally {
      this.#building.delete(airport);
    }
    for (const settle of waiting) settle(undefined);
  }

  /** After a new generation two builds of an airport may be under way, and the older one may be the slower one. */
  async #publish(airport: string, attempt: number, archive: Archive): Promise<void> {
    if ((this.#newest.get(airport) ?? 0) > attempt) return this.#files.discard(airport, attempt);
    this.#newest.set(airport, attempt);
    await this.#files.publish(airport, attempt, archive);
  }

  #giveUp(airport: string, error: unknown): void {
    // What the end has called off is built after the next start.
    if (!this.#isStopped) console.error(`The report of airport ${JSON.stringify(airport)} could not be built:`, error);
    this.#settle(airport, error instanceof Error ? error : new Error(String(error)));
  }

  #nextBuild(airport: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle: Settle = (failure) => (failure === undefined ? resolve() : reject(failure));
      this.#waiting.set(airport, [...(this.#waiting.get(airport) ?? []), settle]);
    });
  }

  #settle(airport: string, failure: Error): void {
    const waiting = this.#waiting.get(airport) ?? [];
    this.#waiting.delete(airport);
    for (const settle of waiting) settle(failure);
  }
}
