import { nextTurn } from "@disp/turn";
import { Admission } from "./admission.ts";
import { Departures } from "./departures.ts";
import { JobAbandonedError } from "./errors.ts";
import { FailureReports } from "./failure-reports.ts";
import { HoldBook } from "./hold-book.ts";
import { HoldKeeper } from "./hold-keeper.ts";
import { ACQUIRING, type Job, RELEASING } from "./job.ts";
import { JobTable } from "./job-table.ts";
import { BACKGROUND_DEFAULTS, type BackgroundProcessorOptions, normalize, type ResolvedOptions } from "./options.ts";
import { Runner } from "./runner.ts";
import { checkHoldMs, checkKey, type ScheduleOptions } from "./schedule-call.ts";
import type { ScheduleResult } from "./schedule-result.ts";
import { DRAINING, OPEN, Shutdown, STOPPED, STOPPING, type StopResult } from "./shutdown.ts";
import { type BackgroundStats, Tally } from "./stats.ts";
import { type BackgroundStopOptions, checkStopOptions } from "./stop-options.ts";
import { bumpGeneration } from "./store-call.ts";

const STATES = ["open", "draining", "stopping", "stopped"] as const;

/**
 * Runs jobs in the background, each at most once per key and hold, here and in all processors that share the
 * {@link DedupStore}. Choose it when the same work is asked for far more often than it has to be done: refreshing a cache,
 * reindexing a document, syncing an account.
 *
 * A job is a key and an argument; what to do with them is said once. For items that all have to arrive take a
 * `Dispatcher` (`@disp/core`); for tasks without keys, or with results, a worker pool. Jobs live in memory and are
 * lost in a crash: what must not be lost belongs in a durable queue.
 *
 * **Ordering**: jobs start in the order in which they were scheduled, `concurrency` at once. One that is tried again comes
 * before the others once its delay is over; one that is to run again waits for its hold first, and then in line.
 *
 * **Fairness**: who asks first gets the key. Whoever asks while the store is being asked about a key shares the answer.
 *
 * **Overflow**: none; there are at most as many waiting jobs as keys.
 *
 * **Cancellation**: a job that runs is told by `context.signal` when the processor stops without it.
 *
 * **Closing**: `stop` hands back what was not run, or runs it first (`drain`), up to a deadline if you like. An idle
 * processor needs no closing: it has no timer, and the process may end.
 *
 * Errors: hooks that throw change nothing; the error surfaces once, as an unhandled rejection.
 *
 * @typeParam Arg - What a job is told to work on.
 *
 * @example
 * ```ts
 * import { BackgroundProcessor } from "@disp/background";
 *
 * const refreshed: string[] = [];
 * const processor = new BackgroundProcessor<string>({
 *   async process(user) {
 *     refreshed.push(user);
 *   },
 * });
 *
 * await processor.schedule("user:ann", "ann", { holdMs: 60_000 }); // => { scheduled: true }
 * await processor.schedule("user:bob", "bob", { holdMs: 60_000 }); // => { scheduled: true }
 * const again = await processor.schedule("user:ann", "ann", { holdMs: 60_000 });
 * again.scheduled; // => false
 *
 * await processor.stop({ drain: true }); // => { leftover: [] }
 * refreshed; // => ["ann", "bob"]
 * ```
 */
export class BackgroundProcessor<Arg> implements AsyncDisposable {
  readonly #options: ResolvedOptions<Arg>;
  readonly #table = new JobTable<Arg>();
  readonly #localHolds = new HoldBook();
  readonly #tally = new Tally();
  readonly #reports: FailureReports<Arg>;
  readonly #keeper: HoldKeeper<Job<Arg>>;
  readonly #admission: Admission<Arg>;
  readonly #runner: Runner<Arg>;
  readonly #departures: Departures<Arg>;
  readonly #shutdown: Shutdown<Arg>;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: BackgroundProcessorOptions<Arg>) {
    this.#options = normalize(options);
    this.#shutdown = new Shutdown(() => void this.#abandonAll());
    const table = this.#table;
    const localHolds = this.#localHolds;
    const tally = this.#tally;
    const reports = new FailureReports(this.#options.onError);
    const keeper = new HoldKeeper<Job<Arg>>(this.#options.leaseMs, table, (job, hasExpired) => {
      // Ended by somebody: a bump, which the key shall hear of. Ended by itself: the job is still here, and so is its key.
      if (hasExpired) this.#admission.acquireAgain(job);
      else table.leave(job);
    });
    const onChange = () => this.#endIfDone();
    const parts = { options: this.#options, table, localHolds, tally, reports, keeper };
    this.#reports = reports;
    this.#keeper = keeper;
    this.#admission = new Admission({
      ...parts,
      onAdmitted: (job) => this.#runner.add(job),
      onTurnedAway: onChange,
      onLate: (job, hold) => this.#departures.returnLate(job, hold),
    });
    this.#departures = new Departures({
      ...parts,
      admission: this.#admission,
      onAgain: (job, readyAt) => this.#runner.addAt(job, readyAt),
      onGone: onChange,
    });
    this.#runner = new Runner({
      ...parts,
      onTurn: (job, now) => this.#beginHold(job, now),
      onOver: (job) => this.#departures.end(job),
      onLeftOver: (job) => this.#handBack(job),
    });
  }

  /**
   * Schedules a job, unless its key is taken. What is known here decides first; only then the store is asked. So a
   * duplicate of a job that waits or runs here costs no call of the store.
   *
   * @param key - Names the work: of all jobs with one key, one is done. Any string.
   * @param arg - Handed to `process`. The one that was scheduled counts, unless `whileRunning` is `"run-again"`.
   * @returns Whether it was scheduled, and otherwise why not. Never rejects because of a processor that was stopped.
   * @throws TypeError or RangeError, as a rejection, when `key` is no string or `holdMs` no number of at least 0; the
   * error of the store, when it fails and `whenStoreFails` is `"throw"`.
   */
  schedule(key: string, arg: Arg, options?: ScheduleOptions): Promise<ScheduleResult> {
    if (this.#shutdown.phase !== OPEN) return this.#admission.refuse("stopped");
    try {
      return this.#admission.schedule(checkKey(key), arg, checkHoldMs(options, BACKGROUND_DEFAULTS.holdMs));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * How many jobs wait to be started: in line, for their next attempt, or for the run of the same key before them. Those
   * that run do not count. It is what `stop()` would hand back.
   */
  get queueLength(): number {
    return this.#runner.waiting + this.#admission.remembered;
  }

  /**
   * Makes everything schedulable again, on every instance that shares the store. Jobs that wait or run go on, and block
   * their keys no longer; here at once, elsewhere when their holds are renewed next, within a third of `leaseMs`.
   *
   * @returns The number of the new generation.
   * @throws the error of the store, as a rejection. Nothing has changed then.
   *
   * @example
   * ```ts
   * import { BackgroundProcessor } from "@disp/background";
   *
   * const processor = new BackgroundProcessor<string>({ process: () => {} });
   * await processor.schedule("index", "all", { holdMs: 3_600_000 }); // => { scheduled: true }
   * await processor.bumpGeneration(); // => 1
   * await processor.schedule("index", "all", { holdMs: 3_600_000 }); // => { scheduled: true }
   * ```
   */
  bumpGeneration(): Promise<number> {
    const { dedup } = this.#options;
    if (dedup === undefined) return Promise.resolve(this.#bump());
    return bumpGeneration(dedup).then((generation) => {
      this.#bump();
      return generation;
    });
  }

  /**
   * Takes no more jobs, and ends. Without `drain`, jobs that wait are handed back, their keys are released, and the
   * running ones are told to end by their signal and are waited for; one that fails then, and would be tried again, is
   * handed back, too. With `drain`, everything that was asked for before is done first.
   *
   * Nothing limits a job, so one that never settles holds this up for ever, and so does a job that awaits it: give a `timeoutMs`.
   *
   * May be called any number of times; all calls share one outcome. A later one may tighten: by leaving out `drain`, or by
   * an earlier deadline.
   *
   * @returns What was not done. A job that was abandoned is told to `onError`, for it may yet succeed.
   * @throws TypeError or RangeError, as a rejection, when an option is wrong; nothing was stopped then.
   */
  stop(options: BackgroundStopOptions = {}): Promise<StopResult<Arg>> {
    let timeoutMs: number;
    try {
      timeoutMs = checkStopOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    if (options.drain === true) this.#shutdown.advance(DRAINING);
    else this.#callOff(new DOMException("Cannot go on: the processor was stopped", "AbortError"));
    if (timeoutMs !== Infinity) this.#shutdown.setDeadline(timeoutMs);
    this.#endIfDone();
    return this.#shutdown.stopped;
  }

  /** Stops after all jobs are done: `await using processor = new BackgroundProcessor(...)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ drain: true });
  }

  /** What it is doing and has done. */
  stats(): BackgroundStats {
    const { refused, ...counts } = this.#tally;
    return {
      state: STATES[this.#shutdown.phase],
      queued: this.queueLength,
      running: this.#runner.running,
      held: this.#keeper.held,
      ...counts,
      refused: { ...refused },
    };
  }

  #bump(): number {
    this.#table.bump();
    return this.#localHolds.bump();
  }

  /** The hold of the run before has passed; the job begins one of its own, with the same owner. */
  #beginHold(job: Job<Arg>, now: number): void {
    job.isTrailing = false;
    job.heldUntil = now + job.holdMs;
    this.#keeper.renew(job, now);
  }

  #handBack(job: Job<Arg>): void {
    this.#noteLeft(job);
    this.#departures.handBack(job);
  }

  #noteLeft(job: Job<Arg>): void {
    this.#shutdown.add(job);
    this.#handBackAgain(job);
  }

  /** What was to be done after this job will not be done. */
  #handBackAgain(job: Job<Arg>): void {
    const again = this.#admission.takeAgain(job);
    if (again !== undefined) this.#shutdown.add({ ...again, key: job.key });
  }

  /** Starts no more jobs, hands back those that wait, and tells those that run to end. */
  #callOff(reason: unknown): void {
    if (!this.#shutdown.advance(STOPPING)) return;
    this.#admission.shut();
    const left = this.#runner.halt();
    // All of them are noted before the first one goes: with the last one gone, it is over.
    for (const job of left) this.#noteLeft(job);
    for (const job of this.#runner.runningJobs()) this.#handBackAgain(job);
    for (const job of left) this.#departures.handBack(job);
    this.#runner.abort(reason);
  }

  /** The time to stop is over. */
  async #abandonAll(): Promise<void> {
    this.#callOff(new DOMException("Cannot go on: the time to stop (timeoutMs) was over", "TimeoutError"));
    // Jobs that answer the abort promptly still get to end, and the store to answer.
    await nextTurn();
    if (this.#shutdown.phase === STOPPED) return;
    for (const job of this.#runner.abandon()) {
      this.#tally.abandoned += 1;
      const { key, arg, attempt } = job;
      this.#reports.report({ key, arg, error: new JobAbandonedError(key), attempt });
      this.#departures.abandon(job);
    }
    this.#end();
  }

  #endIfDone(): void {
    const { phase } = this.#shutdown;
    if (phase === OPEN || phase === STOPPED) return;
    if (this.#runner.running + this.queueLength + this.#departures.releasing > 0) return;
    // Whoever was not let in was told so; what the store says of them can come later.
    if (phase === DRAINING && this.#admission.asking > 0) return;
    this.#end();
  }

  #end(): void {
    for (const job of [...this.#table]) {
      if (job.state === ACQUIRING) this.#admission.giveUp(job);
      else if (job.state === RELEASING) this.#departures.giveUp(job);
    }
    this.#reports.end();
    this.#shutdown.end();
  }
}
