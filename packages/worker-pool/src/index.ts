/**
 * A pool of min..max workers: a bounded queue, timeouts, retries, autoscaling, and a drain that loses nothing.
 *
 * @packageDocumentation
 * @module @disp/worker-pool
 */
export type {
  CallableWorker,
  OnDone,
  OnFail,
  TaskArguments,
  TaskName,
  TaskOf,
  TaskResult,
} from "./lib/callable-worker.ts";
export {
  PoolFullError,
  PoolQuitError,
  TaskTimeoutError,
  WorkerCreateTimeoutError,
  WorkerDestroyTimeoutError,
} from "./lib/errors.ts";
export type { CallOptions, ExecuteOptions } from "./lib/execute-options.ts";
export type { PoolFailure, TaskFailure, WorkerFailure } from "./lib/failure.ts";
export type { Percentiles } from "./lib/histogram.ts";
export { WORKER_POOL_DEFAULTS, type WorkerPoolOptions } from "./lib/options.ts";
export type { PoolStats, QuitResult } from "./lib/pool-stats.ts";
export type { PoolStatus } from "./lib/pool-status.ts";
export type { QuitOptions } from "./lib/quit-options.ts";
export { retryTask } from "./lib/retry-task.ts";
export { doubling, type ScalingPolicy } from "./lib/scaling-policy.ts";
export type { Task, TaskContext, TaskFunction, TaskObject } from "./lib/task.ts";
export { TaskStack } from "./lib/task-stack.ts";
export type { CreateContext, WorkerFactory } from "./lib/worker-factory.ts";
export { WorkerPool } from "./lib/worker-pool.ts";
