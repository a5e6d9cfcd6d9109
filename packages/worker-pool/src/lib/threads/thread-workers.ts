import { noRetry } from "@disp/retry";
import type { WorkerFactory } from "../worker-factory.ts";
import { normalize, type ThreadWorkersOptions } from "./options.ts";
import { startThread } from "./start-thread.ts";
import type { AnyTasks } from "./task-table.ts";
import type { ThreadWorker } from "./thread-worker.ts";

/**
 * Makes threads the workers of a pool. Each loads the file at `url`, which says with {@link defineTasks} what it can do;
 * `pool.call` calls that by name.
 *
 * A thread that exits, dies of an error or needs too much memory takes one call with it, and the pool makes another. One
 * whose file cannot be loaded fails the call that is next in line.
 *
 * Take it for work that computes. What waits for a network or a disk needs no thread: give the pool functions instead.
 *
 * @typeParam Tasks - What the file has defined, `typeof tasks`; without it, `call` takes any name and any arguments.
 * @param url - The worker's file: a `file:` URL, or an absolute path. ES module or CommonJS, as the runtime sees the file;
 * the compiled `.js`, where the runtime loads no `.ts`.
 * @returns The option `worker` of a `WorkerPool`.
 * @throws TypeError or RangeError when an option is none, or `url` is a relative path.
 *
 * @example
 * ```ts no-run needs a file for the worker
 * // add.worker.ts
 * import { defineTasks } from "@disp/worker-pool/threads";
 *
 * export const tasks = defineTasks({
 *   add(a: number, b: number) {
 *     return a + b;
 *   },
 * });
 *
 * // main.ts, with: import type { tasks } from "./add.worker.ts";
 * import { WorkerPool } from "@disp/worker-pool";
 * import { threadWorkers } from "@disp/worker-pool/threads";
 *
 * const url = new URL("./add.worker.js", import.meta.url);
 * const pool = new WorkerPool({ maxWorkers: 4, worker: threadWorkers<typeof tasks>(url) });
 * pool.run();
 * const sum = await pool.call("add", [1, 2]);
 * ```
 */
export function threadWorkers<Tasks = AnyTasks>(
  url: URL | string,
  options: ThreadWorkersOptions = {},
): WorkerFactory<ThreadWorker<Tasks>> {
  const resolved = normalize(url, options);
  return {
    create: ({ signal }) => startThread<Tasks>(resolved, signal),
    destroy: (worker) => worker.destroy(),
    isUsable: (worker) => worker.isUsable,
    retry: noRetry(),
    createTimeoutMs: resolved.startTimeoutMs,
  };
}
