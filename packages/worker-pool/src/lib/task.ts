import type { RetryPolicy } from "@disp/retry";

/** What a task is told, and given to work with. */
export interface TaskContext<W = undefined> {
  /**
   * Aborted when the task takes longer than its timeout, when its caller has called it off, or when the pool stops. A
   * task keeps its worker until it settles, so one that runs for long should watch it.
   */
  readonly signal: AbortSignal;
  /** The worker's resource, as the pool's `worker.create` made it; no other task uses it meanwhile. */
  readonly worker: W;
  /** 1 at the first attempt. */
  readonly attempt: number;
}

/** A task as a function. It fails by throwing or by rejecting. */
export type TaskFunction<R, W = undefined> = (context: TaskContext<W>) => R | PromiseLike<R>;

/** A task as an object, for one that has a timeout or a retry policy of its own. */
export interface TaskObject<R, W = undefined> {
  /** Does the work. It fails by throwing or by rejecting. */
  execute(context: TaskContext<W>): R | PromiseLike<R>;
  /**
   * Milliseconds one attempt may take, in place of the pool's `taskTimeoutMs`; Infinity = no limit.
   *
   * @defaultValue the pool's `taskTimeoutMs`
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether and when a failed attempt is followed by another one.
   *
   * @defaultValue no retry
   */
  readonly retry?: RetryPolicy | undefined;
}

/**
 * Something a `WorkerPool` does: a function, or an object with `execute`.
 *
 * @typeParam R - What it results in.
 * @typeParam W - The resource of the worker that it needs.
 */
export type Task<R = unknown, W = undefined> = TaskFunction<R, W> | TaskObject<R, W>;
