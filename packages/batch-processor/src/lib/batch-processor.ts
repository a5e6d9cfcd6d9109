import { checkFunction, checkNumber, show, signalOf } from "@disp/options";
import type { WaitOptions } from "@disp/sync-queue";
import { Batch, COLLECTING, READY } from "./batch.ts";
import { Deadline } from "./deadline.ts";
import { OperationCancelledError, ProcessorStoppedError } from "./errors.ts";
import type { BatchMetric } from "./metric.ts";
import { Metrics } from "./metrics.ts";
import { joinBatch } from "./operation.ts";
import { type BatchProcessorOptions, normalize, type ResolvedOptions } from "./options.ts";
import { Runner } from "./runner.ts";
import type { BatchProcessorStats } from "./stats.ts";
import { type BatchStopOptions, checkStopOptions } from "./stop-options.ts";
import type { Unchanged } from "./unchanged.ts";
import { Windows } from "./windows.ts";

/** The life of a processor, in order: it only moves forward. */
const ACTIVE = 0;
const STOPPING = 1;
const STOPPED = 2;

/**
 * Runs many small operations on keyed things that are dear to load and save: those that come for one key at about the
 * same time share one load and one save.
 *
 * Choose it when many callers change the same few rows, documents or files, and each wants to know when its change was
 * kept. For items that go one way, in batches, take the `Dispatcher` of `@disp/core`; for jobs that should run at most
 * once in a while, `@disp/background`; for tasks that have nothing to do with each other, `@disp/worker-pool`.
 *
 * A batch opens with the first operation for its key. After `minDurationMs` it stands in line in the lane of its key, and
 * newcomers join it until its turn comes and it is loaded. Then its operations run, one after another, and the resource is
 * saved.
 *
 * **Ordering**: operations of one key run in the order of the calls, and nothing of that key comes between a load, its
 * operations and their save. It is so in this process only: against others, use a `lock`, or versions and `isConflict`.
 *
 * **Fairness**: batches go through a lane in the order in which they became ready. A lane does one thing at a time: two
 * keys of one lane wait for each other, however many lanes are idle.
 *
 * **Overflow**: nothing is refused. A caller that waits for each run holds itself back; `stats` says how much waits.
 *
 * **Cancellation**: a signal that is aborted before its operation ran takes it out of the batch, and the last one takes
 * the batch along. Once it ran, the run waits for the batch.
 *
 * **Closing**: `stop` takes no more operations, ends the windows early, and resolves when all runs are settled; at its
 * deadline those that are left reject.
 *
 * Errors: an operation that throws rejects its own run, when the batch is over, and the others are saved all the same. So
 * an operation has to throw before it changes anything. A load or a save that fails rejects all other runs of its batch.
 *
 * @typeParam Resource - What is loaded for a key, changed by operations, and saved.
 *
 * @example
 * ```ts
 * import { BatchProcessor } from "@disp/batch-processor";
 *
 * const table = new Map([["ann", 10]]);
 * let saves = 0;
 * const accounts = new BatchProcessor<{ balance: number }>({
 *   load: async (key) => ({ balance: table.get(key) ?? 0 }),
 *   save: async (key, { balance }) => {
 *     table.set(key, balance);
 *     saves += 1;
 *   },
 *   minDurationMs: 5,
 * });
 *
 * const deposits = [1, 2, 3].map((amount) => accounts.run("ann", (account) => (account.balance += amount)));
 * await Promise.all(deposits); // => [11, 13, 16]
 * table.get("ann"); // => 16
 * saves; // => 1
 * ```
 */
export class BatchProcessor<Resource> implements AsyncDisposable {
  readonly #options: ResolvedOptions<Resource>;
  /** The batch of each key that newcomers can join. */
  readonly #open = new Map<string, Batch<Resource>>();
  readonly #windows: Windows<Resource>;
  readonly #runner: Runner<Resource>;
  readonly #metrics = new Metrics();
  readonly #deadline = new Deadline(() => this.#callOff());
  readonly #books = { waiting: 0, emptied: (batch: Batch<Resource>): void => this.#abandon(batch) };
  readonly #stopped: Promise<void>;
  #resolveStopped!: () => void;
  #state: typeof ACTIVE | typeof STOPPING | typeof STOPPED = ACTIVE;
  #unsettled = 0;
  #stopTimeoutMs = Infinity;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: BatchProcessorOptions<Resource>) {
    this.#options = normalize(options);
    this.#windows = new Windows(this.#options.minDurationMs, (batch, now) => this.#runner.add(batch, now));
    this.#runner = new Runner({
      options: this.#options,
      metrics: this.#metrics,
      timed: [this.#windows, this.#deadline],
      closed: (batch) => this.#shut(batch),
      settled: (batch) => this.#settled(batch),
      idle: () => this.#restIfDone(),
    });
    this.#stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
  }

  /**
   * Runs an operation on the resource of a key, in a batch with others.
   *
   * The operation changes the resource itself. **What it returns is not saved**, but is what the caller wants to know: write
   * `(poll) => (poll.votes += 1)`. A number or a string cannot be changed: load an object. The operation is called again when
   * the batch is replayed after a conflict, so all that it does should be done to the resource. Let it throw before it changes
   * anything, and return {@link unchanged} when it has only looked. Keep it synchronous: one that returns a promise is
   * waited for, and all others of its batch wait with it.
   *
   * **Never wait for another run inside of an operation.** When its key has the same lane, which is up to a hash, it waits
   * behind this one, and this one fails by `maxDurationMs`. Await two runs one after another, or keep both things under one key.
   *
   * @returns what the operation returned, once its batch was saved.
   * @throws BatchFailedError when its batch could not be locked, loaded or saved; OperationCancelledError when the signal was aborted
   * before it ran; ProcessorStoppedError; whatever the operation or `laneForKey` throws; TypeError or RangeError when an
   * argument or the answer of `laneForKey` is wrong. It never throws without a promise.
   */
  run<R>(
    key: string,
    operation: (resource: Resource) => R | Unchanged<R> | PromiseLike<R | Unchanged<R>>,
    options?: WaitOptions,
  ): Promise<R> {
    let signal: AbortSignal | undefined;
    let batch: Batch<Resource>;
    try {
      signal = this.#check(key, operation, options);
      batch = this.#open.get(key) ?? this.#openBatch(key);
    } catch (error) {
      return Promise.reject(error);
    }
    const promise = joinBatch(batch, operation, signal);
    if (batch.live >= this.#options.maxOperations) this.#fill(batch);
    // What the operation returns is what the promise resolves with.
    return promise as Promise<R>;
  }

  /**
   * Takes no more operations, ends all windows, and resolves when every run is settled. With `timeoutMs`, the runs that are
   * left then reject with a ProcessorStoppedError, and the signals of running calls are aborted. No operation runs after it
   * has resolved, but a call that ignores its signal may still be under way. Locks have been given back by then, but for
   * those of such calls, and of those that take longer than `maxDurationMs` or the deadline. May be called any number of times; the
   * earliest deadline counts.
   *
   * @throws TypeError or RangeError, as a rejection, when `timeoutMs` is no number of at least 0.
   */
  async stop(options: BatchStopOptions = {}): Promise<void> {
    const timeoutMs = checkStopOptions(options);
    const now = performance.now();
    this.#endWindows(now);
    if (this.#state !== STOPPED && this.#deadline.shorten(now + timeoutMs)) {
      this.#stopTimeoutMs = timeoutMs;
      this.#runner.wakeAt(this.#deadline.nextAt, now);
    }
    await this.#stopped;
  }

  /** Stops, without a deadline: `await using processor = new BatchProcessor(...)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Hears how each batch went, after its runs were settled. What a listener throws surfaces as an unhandled rejection; what
   * it returns is not waited for. A batch that began before anybody listened is not told of.
   *
   * @returns what ends it.
   * @throws TypeError when the listener is no function.
   *
   * @example
   * ```ts
   * import { type BatchMetric, BatchProcessor } from "@disp/batch-processor";
   *
   * const metrics: BatchMetric[] = [];
   * const counters = new BatchProcessor({ load: () => ({ n: 0 }), minDurationMs: 0 });
   * const unsubscribe = counters.subscribe((metric) => metrics.push(metric));
   * await Promise.all([counters.run("a", (counter) => counter.n++), counters.run("a", (counter) => counter.n++)]);
   * unsubscribe();
   * metrics.map(({ key, operations }) => [key, operations]); // => [["a", 2]]
   * ```
   */
  subscribe(listener: (metric: BatchMetric) => void): () => void {
    return this.#metrics.subscribe(checkFunction("subscribe", "listener", listener));
  }

  /** What it is doing, at no cost. */
  stats(): BatchProcessorStats {
    return {
      openBatches: this.#open.size,
      waitingOperations: this.#books.waiting,
      runningBatches: this.#runner.running,
      busyLanes: this.#runner.busyLanes,
      failedReleases: this.#options.lock === undefined ? undefined : this.#runner.releases.failed,
    };
  }

  /** @returns the signal, which is not aborted. */
  #check(key: unknown, operation: unknown, options: WaitOptions | undefined): AbortSignal | undefined {
    if (typeof key !== "string") throw new TypeError(`Cannot run: key must be a string, got ${show(key)}`);
    if (typeof operation !== "function") checkFunction("run", "operation", operation);
    const signal = options === undefined ? undefined : signalOf("run", options);
    if (signal?.aborted === true) throw new OperationCancelledError(key, signal.reason);
    if (this.#state !== ACTIVE) throw new ProcessorStoppedError(key);
    return signal;
  }

  // --- The life of a batch, up to its line ---

  #openBatch(key: string): Batch<Resource> {
    const lane = this.#laneOf(key);
    const now = performance.now();
    const batch = new Batch(this.#books, key, lane, now);
    this.#open.set(key, batch);
    this.#unsettled += 1;
    if (this.#options.minDurationMs === 0) this.#runner.add(batch, now);
    else {
      this.#windows.add(batch);
      this.#runner.wakeAt(now + this.#options.minDurationMs, now);
    }
    return batch;
  }

  #laneOf(key: string): number {
    const { laneForKey, lanes } = this.#options;
    const lane: unknown = laneForKey(key, lanes);
    if (typeof lane === "number" && Number.isInteger(lane) && lane >= 0 && lane < lanes) return lane;
    const rule = { whole: true, min: 0, max: lanes - 1 };
    return checkNumber("run", `laneForKey(${show(key)}, ${lanes})`, lane, rule);
  }

  /** Nobody else fits in: it need not wait for its window. */
  #fill(batch: Batch<Resource>): void {
    this.#shut(batch);
    if (!this.#windows.remove(batch)) return;
    const now = performance.now();
    // Those whose window is over were ready first, though their timer may be late.
    this.#windows.expire(now);
    this.#runner.add(batch, now);
  }

  #shut(batch: Batch<Resource>): void {
    if (!batch.isOpen) return;
    batch.isOpen = false;
    this.#open.delete(batch.key);
  }

  /** All its operations were cancelled before its turn came. */
  #abandon(batch: Batch<Resource>): void {
    if (batch.stage === COLLECTING) this.#windows.remove(batch);
    else if (batch.stage === READY) this.#runner.remove(batch);
    batch.settle(undefined);
    this.#settled(batch);
  }

  #settled(batch: Batch<Resource>): void {
    this.#shut(batch);
    this.#unsettled -= 1;
    this.#restIfDone();
  }

  #restIfDone(): void {
    if (this.#unsettled > 0 || this.#runner.releases.pending > 0) return;
    this.#runner.sleep();
    if (this.#state === STOPPING) this.#finish();
  }

  // --- The end ---

  #endWindows(now: number): void {
    if (this.#state !== ACTIVE) return;
    this.#state = STOPPING;
    this.#windows.endAll(now);
    this.#restIfDone();
  }

  #callOff(): void {
    const timeoutMs = this.#stopTimeoutMs;
    this.#runner.callOff(
      new DOMException(
        `Cannot stop: all batches must be saved within ${timeoutMs} ms (timeoutMs), got one that was not`,
        "TimeoutError",
      ),
    );
  }

  #finish(): void {
    this.#state = STOPPED;
    this.#deadline.clear();
    this.#resolveStopped();
  }
}
