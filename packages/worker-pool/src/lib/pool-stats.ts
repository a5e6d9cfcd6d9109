import type { Percentiles } from "./histogram.ts";
import type { Task } from "./task.ts";

/** A look at a `WorkerPool` at one moment. */
export interface PoolStats {
  /** Tasks that wait: for a worker, or for their next attempt. */
  readonly queued: number;
  /** Attempts that have not settled, those that were timed out or called off included. */
  readonly running: number;
  /** Workers that are idle or at a task. */
  readonly workers: number;
  /** Workers that are idle. */
  readonly idle: number;
  /** Workers that are being made. */
  readonly starting: number;
  /** Tasks that came to a result. */
  readonly completed: number;
  /** Tasks that ended without one: failed for good, called off while they waited or ran, or given up by `quit`. */
  readonly failed: number;
  /** Attempts that took longer than their timeout. */
  readonly timedOut: number;
  /** Attempts beyond the first of a task. */
  readonly retries: number;
  /** How long tasks waited for their first attempt, in milliseconds. */
  readonly waitMs: Percentiles;
  /** How long attempts took, in milliseconds; one that was timed out counts with its timeout. */
  readonly runMs: Percentiles;
}

/** What became of the tasks of a pool that has quit: those that had ended by then, and those that had not begun. */
export interface QuitResult<W = undefined> {
  /** How many tasks came to a result since `run`. */
  readonly completed: number;
  /** How many ended without one since `run`. */
  readonly failed: number;
  /**
   * The tasks that are still to be done, in the order in which they came; those that wait for another attempt are last.
   * Tasks of `execute` are among them, though their promises have been rejected with a `PoolQuitError`.
   */
  readonly leftover: Task<unknown, W>[];
}
