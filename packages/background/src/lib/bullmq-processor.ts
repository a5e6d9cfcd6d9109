import { Alarm } from "@disp/alarm";
import { callHook, QuietWarning } from "@disp/hooks";
import { nextTurn } from "@disp/turn";
import { closedTooSoon, hasEnded, type OpenClient, openClient, openWorkerClient } from "./bullmq-connection.ts";
import { Crew } from "./bullmq-crew.ts";
import { MOST_HOLD_MS } from "./bullmq-key-scripts.ts";
import {
  BULLMQ_DEFAULTS,
  type BullMqProcessorOptions,
  normalize,
  type ResolvedBullMqOptions,
} from "./bullmq-options.ts";
import { type BullMqCounts, JobQueue } from "./bullmq-queue.ts";
import { JobAbandonedError } from "./errors.ts";
import { FailureReports } from "./failure-reports.ts";
import { checkHoldMs, checkKey, type ScheduleOptions } from "./schedule-call.ts";
import { REFUSED, type ScheduleResult } from "./schedule-result.ts";
import { DRAINING, OPEN, Shutdown, STOPPED, STOPPING, type StopResult } from "./shutdown.ts";
import { type BackgroundStopOptions, checkStopOptions } from "./stop-options.ts";

/** What there is once BullMQ has a client. */
interface Parts<Arg> {
  readonly queue: JobQueue<Arg>;
  readonly crew: Crew<Arg> | undefined;
  readonly client: OpenClient;
  close(): void;
}

const HOLD_RULE = { min: 0, max: MOST_HOLD_MS };
/** Other instances do not tell when they have done the last job. */
const LOOK_EVERY_MS = 250;

/**
 * Runs jobs in the background that survive a crash: `schedule` puts them into a queue of BullMQ in Redis, and whichever
 * instance is free runs them. It has the keys and holds of the `BackgroundProcessor`, which is the faster neighbour that
 * needs no server: that one runs a job **at most once**, and loses it in a crash. This one runs it **at least once**: after
 * a crash, or when an instance stood still for longer than `leaseMs`, a job may run twice. So `process` must bear that.
 *
 * A key is taken from when its job was added to the queue until the job is over, however long it waits, runs and is tried
 * again, and for `holdMs` at least; the clock of the server counts.
 *
 * **Ordering**: jobs are fetched in the order in which they were scheduled, by all instances together. One that is tried
 * again, or was put back, comes in its own time; one that was left behind by a crash comes next.
 *
 * **Overflow**: none; there are as many waiting jobs as keys, at most, and Redis has to have room for them.
 *
 * **Cancellation**: a job that runs is told by `context.signal` when the processor stops without it. If it fails then, it
 * is put back in line for another instance, and the attempt does not count.
 *
 * **Closing**: an instance keeps the process alive until `stop`, for it is a worker, and its connections are open.
 * `await using` stops it without `drain`.
 *
 * Errors: hooks that throw change nothing; the error surfaces once, as an unhandled rejection.
 *
 * @typeParam Arg - What a job is told to work on. It must survive `JSON.stringify` and `JSON.parse`: a Map does not.
 *
 * @example
 * ```ts redis
 * import { BullMqProcessor } from "@disp/background/bullmq";
 * import { Redis } from "ioredis";
 *
 * const connection = new Redis(process.env["REDIS_URL"] ?? "redis://localhost");
 * const mailed: string[] = [];
 * const processor = new BullMqProcessor<string>({
 *   connection,
 *   name: `example-mail-${crypto.randomUUID()}`,
 *   async process(user) {
 *     mailed.push(user);
 *   },
 * });
 *
 * await processor.schedule("mail:ann", "ann", { holdMs: 5_000 }); // => { scheduled: true }
 * const again = await processor.schedule("mail:ann", "ann", { holdMs: 5_000 });
 * again.scheduled; // => false
 *
 * await processor.stop({ drain: true }); // => { leftover: [] }
 * mailed; // => ["ann"]
 * connection.disconnect();
 * ```
 */
export class BullMqProcessor<Arg> implements AsyncDisposable {
  readonly #options: ResolvedBullMqOptions<Arg>;
  readonly #reports: FailureReports<Arg>;
  readonly #warning = new QuietWarning<unknown>((untold, last) => [
    `@disp/background: ${untold} ${untold === 1 ? "error" : "errors"} between BullMQ and Redis, the last one:`,
    last,
  ]);
  readonly #parts: Promise<Parts<Arg>>;
  readonly #shutdown: Shutdown<Arg>;
  readonly #drainAlarm = new Alarm(() => void this.#endIfDrained());
  readonly #lastCall = new Alarm(() => void this.#cut());
  /** How many calls of `schedule` have no answer yet. */
  #asking = 0;
  #isClosing = false;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: BullMqProcessorOptions<Arg>) {
    this.#options = normalize(options);
    this.#reports = new FailureReports(this.#options.onError);
    this.#shutdown = new Shutdown(() => void this.#atDeadline());
    this.#parts = this.#open();
    this.#parts.catch(this.#hearConnectionError);
  }

  /**
   * Schedules a job, unless its key is taken, on whichever instance. When this resolves with `{ scheduled: true }`, the job
   * is in Redis, and is as safe as what Redis is told to keep.
   *
   * @param key - Names the work: of all jobs with one key, one is done. Any string.
   * @param arg - Handed to `process`, as JSON has it: of a Map or an instance of a class arrives what `JSON.stringify` makes
   * of it. A function, a symbol and a bigint are refused.
   * @returns Whether it was scheduled, and otherwise why not: `"queued"` (a job of the key waits, for an instance or for
   * its next attempt), `"running"` (it runs somewhere), `"held"` (it is over, and its hold lasts on), or `"stopped"`.
   * @throws TypeError or RangeError, as a rejection, when `key` is no string, `arg` has no JSON, or `holdMs` is no number
   * from 0 to 2^40; `RedisUnavailableError` (`@disp/redis`) when Redis does not answer in time. Then nobody knows whether
   * the job was added. Schedule it again: if it was, its key is taken, and nothing happens twice, except that a command
   * which was on its way for longer than its job took and its hold lasted adds one more run. There is no way to schedule
   * without Redis, as a `BackgroundProcessor` can: such a job would not survive a crash.
   */
  schedule(key: string, arg: Arg, options?: ScheduleOptions): Promise<ScheduleResult> {
    if (this.#shutdown.phase !== OPEN) return Promise.resolve(REFUSED.stopped);
    try {
      return this.#schedule(checkKey(key), arg, checkHoldMs(options, BULLMQ_DEFAULTS.holdMs, HOLD_RULE));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Counts the jobs of the queue, all instances together.
   *
   * @throws `RedisUnavailableError`, as a rejection, when Redis does not answer in time.
   */
  async counts(): Promise<BullMqCounts> {
    const { queue } = await this.#parts;
    return queue.counts();
  }

  /**
   * Makes everything schedulable again, at once and on every instance. Jobs that wait or run go on, and block their keys no
   * longer.
   *
   * @returns The number of the new generation. A call that was sent twice after a lost connection skips a number.
   * @throws `RedisUnavailableError`, as a rejection, when Redis does not answer in time.
   */
  async bumpGeneration(): Promise<number> {
    const { queue } = await this.#parts;
    return queue.keys.bumpGeneration();
  }

  /**
   * Takes no more jobs, and ends. Without `drain`, the jobs that wait stay in Redis for other instances, or for the next
   * start; the running ones are told to end by their signal and are waited for, and those that fail then are put back.
   * With `drain`, an instance that has `process` works on until no job waits, retries and what a crash left behind
   * included; those that other instances run are theirs. At the deadline, jobs that do not end within a turn are abandoned:
   * another instance finds and runs them, after `leaseMs`. Without `timeoutMs` it also waits for a Redis that is away, but
   * not for a client that you have closed: it ends then without knowing what is done, and tells `onConnectionError`. Nothing
   * limits a job, so one that never settles holds this up, and a job that awaits it waits for ever: give a `timeoutMs`.
   *
   * May be called any number of times; all calls share one outcome. A later one may tighten: by leaving out `drain`, or by
   * an earlier deadline.
   *
   * @returns Always an empty `leftover`: what was not done is safe in Redis. A job that was abandoned is told to `onError`.
   * @throws TypeError or RangeError, as a rejection, when an option is wrong; nothing was stopped then.
   */
  stop(options: BackgroundStopOptions = {}): Promise<StopResult<Arg>> {
    let timeoutMs: number;
    try {
      timeoutMs = checkStopOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    if (options.drain === true) {
      if (this.#shutdown.advance(DRAINING)) void this.#endIfDrained();
    } else void this.#callOff(new DOMException("Cannot go on: the processor was stopped", "AbortError"));
    if (timeoutMs !== Infinity) this.#shutdown.setDeadline(timeoutMs);
    return this.#shutdown.stopped;
  }

  /** Stops, and leaves to other instances what waits: `await using processor = new BullMqProcessor(...)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  readonly #hearConnectionError = (error: unknown): void => {
    const { onConnectionError } = this.#options;
    if (onConnectionError === undefined) this.#warning.hear(error);
    else callHook(onConnectionError, error);
  };

  async #open(): Promise<Parts<Arg>> {
    const options = this.#options;
    const { process } = options;
    const onConnectionError = this.#hearConnectionError;
    const client = await openClient(options.connection, onConnectionError);
    const queue = new JobQueue(options, client, onConnectionError);
    const open = { queue, client, crew: undefined, close: () => this.#closeQueue(queue, client) };
    if (process === undefined) return open;
    const shared = { options, keys: queue.keys, keyClient: client, reports: this.#reports, onConnectionError };
    const onIdle = (): void => this.#onIdle();
    const crew = new Crew({ ...shared, process, client: openWorkerClient(client, onConnectionError), onIdle });
    return { ...open, crew };
  }

  /** Undefined: there is no client, and everybody was told. */
  #ready(): Promise<Parts<Arg> | undefined> {
    return this.#parts.catch(() => undefined);
  }

  #closeQueue(queue: JobQueue<Arg>, client: OpenClient): void {
    queue.close().catch(this.#hearConnectionError);
    client.close();
  }

  async #schedule(key: string, arg: Arg, holdMs: number): Promise<ScheduleResult> {
    this.#asking += 1;
    try {
      const { queue } = await this.#parts;
      return await queue.schedule(key, arg, holdMs);
    } finally {
      this.#asking -= 1;
      this.#onIdle();
    }
  }

  #onIdle(): void {
    const { phase } = this.#shutdown;
    if (phase === DRAINING) void this.#endIfDrained();
    else if (phase === STOPPING) void this.#close();
  }

  async #endIfDrained(): Promise<void> {
    const parts = await this.#ready();
    if (parts?.crew !== undefined && !(await this.#isDrained(parts, parts.crew))) {
      if (this.#shutdown.phase !== DRAINING) return;
      const now = performance.now();
      this.#drainAlarm.set(now + LOOK_EVERY_MS, now);
      return;
    }
    if (!this.#shutdown.advance(STOPPING)) return;
    this.#drainAlarm.clear();
    parts?.crew?.rest();
    await this.#close();
  }

  async #isDrained({ queue, client }: Parts<Arg>, crew: Crew<Arg>): Promise<boolean> {
    if (hasEnded(client)) {
      this.#hearConnectionError(closedTooSoon());
      return true;
    }
    const isBusy = (): boolean => crew.running + this.#asking > 0;
    if (isBusy()) return false;
    // While Redis is away, nobody knows.
    return (await queue.countLeftTo(crew.id).catch(() => undefined)) === 0 && !isBusy();
  }

  async #callOff(reason: unknown): Promise<void> {
    const isFirst = this.#shutdown.advance(STOPPING);
    this.#drainAlarm.clear();
    const crew = (await this.#ready())?.crew;
    crew?.halt(reason);
    if (isFirst) void this.#close();
  }

  /** Ends when everything is settled. Called whenever something is. */
  async #close(): Promise<void> {
    const parts = await this.#ready();
    if (this.#isClosing || this.#asking + (parts?.crew?.running ?? 0) > 0) return;
    this.#isClosing = true;
    await parts?.crew?.close().catch(this.#hearConnectionError);
    this.#end(parts);
  }

  /** The time to stop is over. */
  async #atDeadline(): Promise<void> {
    await this.#callOff(new DOMException("Cannot go on: the time to stop (timeoutMs) was over", "TimeoutError"));
    const crew = (await this.#ready())?.crew;
    // Jobs that answer the abort promptly are put back, or finished.
    await nextTurn();
    if (this.#shutdown.phase === STOPPED) return;
    const abandoned = crew?.abandon() ?? [];
    for (const { key, job, number } of abandoned) {
      this.#reports.report({ key, arg: job.data.arg, error: new JobAbandonedError(key), attempt: number });
    }
    // BullMQ waits for all jobs or for none.
    if (abandoned.length > 0 && crew?.running === 0) return this.#cut();
    const now = performance.now();
    this.#lastCall.set(now + Math.min(this.#options.timeoutMs, BULLMQ_DEFAULTS.timeoutMs), now);
    this.#onIdle();
  }

  /** Waits no longer, not even for Redis. */
  async #cut(): Promise<void> {
    this.#isClosing = true;
    const parts = await this.#ready();
    parts?.crew?.cut();
    this.#end(parts);
  }

  #end(parts: Parts<Arg> | undefined): void {
    if (this.#shutdown.phase === STOPPED) return;
    this.#lastCall.clear();
    parts?.close();
    this.#reports.end();
    this.#warning.tell();
    this.#shutdown.end();
  }
}
