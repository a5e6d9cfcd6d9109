import type { Task } from "./task.ts";

/** A task that nobody waits for has failed for good: it was dispatched, and has no attempts left. */
export interface TaskFailure<W> {
  /** What failed. */
  readonly kind: "task";
  /** What the last attempt threw or rejected with, a {@link TaskTimeoutError}, or a {@link PoolQuitError}. */
  readonly error: unknown;
  /** The task, as it was dispatched. */
  readonly task: Task<unknown, W>;
  /** How often it was tried; 0 = no worker could be made for it. */
  readonly attempt: number;
}

/** `worker.create` or `worker.destroy` has failed. */
export interface WorkerFailure {
  /** What failed. */
  readonly kind: "create" | "destroy";
  /** What it threw or rejected with. */
  readonly error: unknown;
  /** How often in a row it has failed. */
  readonly attempt: number;
}

/** What a pool tells `onError`. */
export type PoolFailure<W = undefined> = TaskFailure<W> | WorkerFailure;
