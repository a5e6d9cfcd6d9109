/**
 * Real threads as the workers of a pool: functions defined in the worker's file, called by name, typed from end to end.
 *
 * @packageDocumentation
 * @module @disp/worker-pool/threads
 */
export { defineTasks, taskSignal } from "./lib/threads/define-tasks.ts";
export type { AnyTasks, TaskTable } from "./lib/threads/task-table.ts";
export { ThreadWorker } from "./lib/threads/thread-worker.ts";
export { THREAD_WORKERS_DEFAULTS, type ThreadWorkersOptions } from "./lib/threads/options.ts";
export { threadWorkers } from "./lib/threads/thread-workers.ts";
export { transferred } from "./lib/threads/transferred.ts";
export { WorkerCrashedError } from "./lib/threads/worker-crashed-error.ts";
