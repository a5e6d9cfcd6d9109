/**
 * Decides how many workers a pool should have. It keeps no state, so one policy serves any number of pools; what it
 * answers is rounded down and kept within the pool's `minWorkers` and `maxWorkers`.
 *
 * @example
 * ```ts
 * import { type ScalingPolicy, WorkerPool } from "@disp/worker-pool";
 *
 * const oneByOne: ScalingPolicy = { grow: (workers) => workers + 1, shrink: (workers) => workers - 1 };
 * await using pool = new WorkerPool({ maxWorkers: 8, scaling: oneByOne });
 * ```
 */
export interface ScalingPolicy {
  /**
   * Asked while more tasks wait than there are idle workers and workers being made.
   *
   * @param workers - How many there are, those being made included.
   * @param waiting - How many tasks wait.
   * @returns How many there should be. No more than `workers` = let the tasks wait.
   */
  grow(workers: number, waiting: number): number;
  /**
   * Asked after each `scaleDownAfterMs` without a new task.
   *
   * @param workers - How many there are.
   * @returns How many there should be. Busy ones leave when they are done.
   */
  shrink(workers: number): number;
}

/** The policy of a pool that is told nothing: 0, 1, 2, 4, 8 ... on the way up, half of it on the way down. */
export function doubling(): ScalingPolicy {
  return DOUBLING;
}

const DOUBLING: ScalingPolicy = Object.freeze({
  grow: (workers: number) => (workers === 0 ? 1 : workers * 2),
  shrink: (workers: number) => Math.floor(workers / 2),
});
