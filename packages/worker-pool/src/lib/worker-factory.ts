import type { RetryPolicy } from "@disp/retry";

/** What `create` is told. */
export interface CreateContext {
  /** Aborted when the worker is not wanted any more: `createTimeoutMs` is over, or the pool quits. */
  readonly signal: AbortSignal;
}

/**
 * Makes and unmakes what a worker owns: a connection, a browser page, a thread. One task at a time has it.
 *
 * @typeParam W - The resource.
 *
 * @example
 * ```ts
 * import { WorkerPool } from "@disp/worker-pool";
 *
 * let opened = 0;
 * await using pool = new WorkerPool({
 *   maxWorkers: 4,
 *   worker: { create: async () => ({ connection: ++opened }), destroy: () => void opened-- },
 * });
 * pool.run();
 * await pool.execute(({ worker }) => worker.connection); // => 1
 * ```
 */
export interface WorkerFactory<W> {
  /**
   * Makes one. While it fails, tasks wait, for ever if it always does: it is called again as `retry` says, and each failure
   * is told to `onError`.
   */
  create(context: CreateContext): W | PromiseLike<W>;
  /**
   * Unmakes one. Called once for each that was made: when the pool scales down, quits, or finds it unusable. At the
   * deadline of `quit` its task may still be running.
   *
   * @defaultValue nothing is done
   */
  destroy?: WorkerMethods<W>["destroy"] | undefined;
  /**
   * Whether a worker can take another task. Asked before and after each task; one that cannot is destroyed and, when it
   * is needed, replaced. One that throws counts as unusable.
   *
   * @defaultValue every worker is usable
   */
  isUsable?: WorkerMethods<W>["isUsable"] | undefined;
  /**
   * When to call `create` again after it failed; attempt 1 is the first failure in a row. Once it says stop, the task
   * that is next in line fails with the error of `create`, and the next task has attempts of its own.
   *
   * @defaultValue exponentialBackoff with full jitter, from 100 ms, doubling up to 30 s, for ever
   */
  readonly retry?: RetryPolicy | undefined;
  /**
   * Milliseconds that `create` may take; Infinity = no limit.
   *
   * @defaultValue 30_000
   */
  readonly createTimeoutMs?: number | undefined;
  /**
   * Milliseconds that `destroy` may take before the pool waits for it no longer; Infinity = no limit.
   *
   * @defaultValue 30_000
   */
  readonly destroyTimeoutMs?: number | undefined;
}

/** Methods, and so checked as leniently as methods are: one that takes a more special worker than the pool's will do. */
interface WorkerMethods<W> {
  destroy(worker: W): void | PromiseLike<void>;
  isUsable(worker: W): boolean;
}
