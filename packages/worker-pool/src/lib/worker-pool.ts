import { checkOptions, type OptionNames, signalOf } from "@disp/options";
import { WaitQueue, type WaitOptions } from "@disp/sync-queue";
import { nextTurn } from "@disp/turn";
import { CallTask } from "./call-task.ts";
import type { TaskArguments, TaskName, TaskResult } from "./callable-worker.ts";
import { checkTask } from "./check-task.ts";
import { PoolFullError, PoolQuitError } from "./errors.ts";
import { type CallOptions, checkCallOptions, checkExecuteOptions, type ExecuteOptions } from "./execute-options.ts";
import { Foreman } from "./foreman.ts";
import { Job, type JobTerms, JobWatch } from "./job.ts";
import { checkSize, normalize, type PoolSize, type ResolvedOptions, type WorkerPoolOptions } from "./options.ts";
import type { PoolStats, QuitResult } from "./pool-stats.ts";
import type { PoolStatus } from "./pool-status.ts";
import { type QuitOptions, resolveQuit } from "./quit-options.ts";
import type { Task } from "./task.ts";

const SIZE_NAMES: OptionNames<Partial<PoolSize>> = { minWorkers: true, maxWorkers: true };

/**
 * Runs tasks with at most so many at a time, on workers that come and go as there is work. For batches to one place take
 * a `Dispatcher` of `@disp/core`; for jobs that must not run twice, `@disp/background`; for work that would block the
 * event loop, this pool with real threads: `@disp/worker-pool/threads`.
 *
 * **Ordering**:
 * Tasks are started in the order in which they came, or newest first with `order: "lifo"`. One whose next attempt is
 * due goes ahead of those that wait.
 *
 * **Overflow**:
 * `dispatch` answers false and `execute` rejects with {@link PoolFullError} when `maxQueued` tasks wait and no worker is
 * free; `ready` tells when there is room again.
 *
 * **Cancellation**:
 * A task that waits is taken out of the line at once. One that runs is told through `context.signal`; its promise
 * rejects at once, but it keeps its worker until it settles, so there are never more than `maxWorkers` at work.
 *
 * **Closing**:
 * `quit` ends the pool and says what is left; `run` starts it anew. An idle pool keeps no process alive, unless what its
 * workers own does: an open socket.
 *
 * @typeParam W - What each worker owns.
 *
 * @example
 * ```ts
 * import { WorkerPool } from "@disp/worker-pool";
 *
 * const pool = new WorkerPool({ maxWorkers: 4, maxQueued: 1_000 });
 * pool.run(); // until then, tasks only wait
 *
 * const sum = await pool.execute(async () => 1 + 2); // => 3
 * pool.dispatch(() => console.log("nobody waits for this one")); // => true
 *
 * const { completed, leftover } = await pool.quit({ drain: true });
 * [completed, leftover.length]; // => [2, 0]
 * ```
 */
export class WorkerPool<W = undefined> implements AsyncDisposable {
  readonly #options: ResolvedOptions<W>;
  readonly #terms: JobTerms;
  readonly #foreman: Foreman<W>;
  readonly #room = new WaitQueue();
  #willLookAgain = false;
  readonly #quitters = new WaitQueue<QuitResult<W>>();

  /**
   * Makes a pool that is stopped: it takes tasks, and does them once `run` is called.
   *
   * @throws TypeError when an option is of the wrong kind, RangeError when its value is out of range.
   */
  constructor(options: WorkerPoolOptions<W>) {
    this.#options = normalize(options);
    this.#terms = { timeoutMs: this.#options.taskTimeoutMs, timeoutName: "taskTimeoutMs", retry: undefined };
    this.#foreman = new Foreman(this.#options, this.#terms, {
      onRoom: () => this.#letIn(),
      onQuit: (result) => this.#quitters.resolveAll(result),
    });
  }

  /** Where the pool stands. */
  get status(): PoolStatus {
    return this.#foreman.status;
  }

  /** Starts the pool: workers come, and what waits is done. Does nothing unless the pool is stopped. */
  run(): void {
    this.#foreman.run();
  }

  /**
   * Hands over a task that nobody waits for; when it fails for good, `onError` is told. It may be started within this
   * call; before `run`, it waits.
   *
   * @returns Whether it was accepted. False = the pool is full, is quitting, or has quit and was not run again: the task
   * is still yours.
   * @throws TypeError or RangeError when it is no task.
   */
  dispatch(task: Task<unknown, W>): boolean {
    checkTask("dispatch", task);
    if (!this.#foreman.isOpen || this.#foreman.free <= 0) return false;
    const { turn } = this.#foreman;
    this.#foreman.admit(typeof task === "function" ? task : new Job(task, this.#termsOf(task), turn), turn);
    return true;
  }

  /**
   * Does a task and hands over its result. Before `run`, and while no worker is free, it waits: `timeoutMs` counts from its
   * start, a `signal` from now. A task that awaits this of its own pool may wait for itself: its worker is not free.
   *
   * @returns What the task results in. Rejects with the error of its last attempt, which is a {@link TaskTimeoutError}
   * when that took too long; with {@link PoolFullError} or {@link PoolQuitError}; with `signal.reason`.
   * @throws TypeError or RangeError, as a rejection, when `task` or an option is of the wrong kind.
   */
  execute<R>(task: Task<R, W>, options?: ExecuteOptions): Promise<R> {
    try {
      checkTask("execute", task);
      if (options !== undefined) checkExecuteOptions(options);
      return this.#execute(task, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Has a worker do a task that it knows by its name: for workers that are threads. Names, arguments and result are typed
   * by what the thread's file defines.
   *
   * @param name - The name of the task.
   * @param args - Its arguments, as an array; a single one that is no array may be given alone.
   * @returns What the task results in. Rejects as `execute` does.
   * @throws TypeError or RangeError, as a rejection, when an option is of the wrong kind, or the workers take no calls.
   */
  call<Name extends TaskName<W>>(
    name: Name,
    args: TaskArguments<W, Name>,
    options?: CallOptions,
  ): Promise<TaskResult<W, Name>> {
    try {
      if (options !== undefined) checkCallOptions(options);
      const list: readonly unknown[] = Array.isArray(args) ? args : [args];
      const task = new CallTask(name, list, options?.transfer ?? []);
      // Which tasks a worker knows, and what they result in, is in its type alone.
      return this.#execute(task as unknown as Task<TaskResult<W, Name>, W>, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Resolves when there is room for a task, at once if there is. Somebody else may take the room first, so ask
   * `dispatch` what it says.
   *
   * @returns Rejects with {@link PoolQuitError} when the pool quits or has quit, with `signal.reason` once aborted.
   */
  ready(options?: WaitOptions): Promise<void> {
    try {
      if (options !== undefined) signalOf("wait for room", options);
      return this.#ready(options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Changes how many workers there may be. Idle ones that are too many leave at once, busy ones when they are done.
   *
   * @throws TypeError or RangeError as the constructor does; then nothing has changed.
   */
  resize(size: { readonly minWorkers?: number | undefined; readonly maxWorkers?: number | undefined }): void {
    const { minWorkers = this.#foreman.minWorkers, maxWorkers = this.#foreman.maxWorkers } = checkOptions(
      "resize a WorkerPool",
      "size",
      size,
      SIZE_NAMES,
    );
    this.#foreman.resize(checkSize("resize a WorkerPool", minWorkers, maxWorkers));
  }

  /**
   * Ends the pool. Nothing new is accepted; what waits is done first (`drain: true`) or handed back, what runs is waited
   * for until it settles or times out, and the workers are destroyed. All callers share one outcome: a later call may
   * only hurry things, by a nearer deadline or by asking for no drain. `signal` ends the wait of its caller, not the
   * quitting. A task that awaits this of its own pool waits for itself.
   *
   * @returns What became of the tasks since `run`. Rejects with `signal.reason` only.
   * @throws TypeError or RangeError, as a rejection, when an option is of the wrong kind.
   */
  async quit(options: QuitOptions = {}): Promise<QuitResult<W>> {
    const { drain, timeoutMs, signal } = resolveQuit(options);
    const quit = this.#quitters.wait(undefined, { signal });
    this.#foreman.quit(drain, timeoutMs);
    this.#letIn();
    return quit;
  }

  /** A look at the pool now. */
  stats(): PoolStats {
    return this.#foreman.stats();
  }

  /** Does what waits, then quits: `await using pool = new WorkerPool(...)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit({ drain: true });
  }

  #ready(options: WaitOptions | undefined): Promise<void> {
    if (!this.#foreman.isOpen) return Promise.reject(this.#quitError("wait for room"));
    if (this.#foreman.free > 0 && options?.signal === undefined) return Promise.resolve();
    const wait = this.#room.wait(undefined, options);
    if (this.#foreman.free > 0) this.#room.back?.resolve();
    return wait;
  }

  #execute<R>(task: Task<R, W>, options: ExecuteOptions | undefined): Promise<R> {
    const signal = options?.signal;
    if (signal?.aborted === true) throw signal.reason;
    if (!this.#foreman.isOpen) throw this.#quitError("execute");
    if (this.#foreman.free <= 0) throw new PoolFullError(this.#options.maxQueued);
    const terms = typeof task === "function" && options === undefined ? this.#terms : this.#termsOf(task, options);
    const { turn } = this.#foreman;
    const job = new Job(task, terms, turn);
    const promise = new Promise(executor);
    job.resolve = latestResolve;
    job.reject = latestReject;
    if (signal !== undefined) job.watch = new JobWatch(job, signal, this.#foreman.callOff);
    this.#foreman.admit(job, turn);
    // Whatever a task of R results in is what its promise is resolved with.
    return promise as Promise<R>;
  }

  #termsOf(task: Task<unknown, W>, options: ExecuteOptions = {}): JobTerms {
    const own = typeof task === "function" ? undefined : task;
    const retry = options.retry ?? own?.retry;
    if (options.timeoutMs !== undefined) {
      return { timeoutMs: options.timeoutMs, timeoutName: "timeoutMs of the call", retry };
    }
    if (own?.timeoutMs !== undefined) return { timeoutMs: own.timeoutMs, timeoutName: "timeoutMs of the task", retry };
    return { timeoutMs: this.#terms.timeoutMs, timeoutName: this.#terms.timeoutName, retry };
  }

  #quitError(action: string): PoolQuitError {
    return new PoolQuitError(action, this.status === "stopped" ? "one that has quit" : `one that is ${this.status}`);
  }

  /** Those who wait for room get what there is; with the pool gone there will be none. */
  #letIn(): void {
    if (this.#room.size === 0) return;
    if (!this.#foreman.isOpen) this.#room.rejectAll(this.#quitError("wait for room"));
    for (let { free } = this.#foreman; free > 0 && this.#room.front !== undefined; free -= 1) {
      this.#room.front.resolve();
    }
    if (this.#room.size > 0 && this.#foreman.free > 0 && !this.#willLookAgain) void this.#lookAgain();
  }

  /** Who was told of room need not take it: then it is for the next ones. */
  async #lookAgain(): Promise<void> {
    this.#willLookAgain = true;
    await nextTurn();
    this.#willLookAgain = false;
    this.#letIn();
  }
}

/** What the executor below was given last: promises made with one shared executor cost no closure each. */
let latestResolve: (value: unknown) => void;
let latestReject: (reason: unknown) => void;

function executor(resolve: (value: unknown) => void, reject: (reason: unknown) => void): void {
  latestResolve = resolve;
  latestReject = reject;
}
