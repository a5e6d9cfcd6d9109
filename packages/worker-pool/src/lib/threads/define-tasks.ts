import { parentPort } from "node:worker_threads";
import { checkFunction, checkObject } from "@disp/options";
import { oncePerThread } from "./once-per-thread.ts";
import { TaskHost } from "./task-host.ts";
import type { TaskTable } from "./task-table.ts";

/** Where the host of this thread is, once it has defined its tasks. */
interface Place {
  host: TaskHost | undefined;
}

function place(): Place {
  return oncePerThread<Place>("host", () => ({ host: undefined }));
}

/**
 * Defines what a thread of {@link threadWorkers} can do. Call it once, at the end of the worker's file: the thread counts
 * as started once the file was loaded. Outside of a thread it only returns the functions, so the file can be imported in a
 * test, and its types everywhere.
 *
 * Arguments and results travel as structured clones: no functions, no instances of classes. A function runs with the table
 * as its `this`, and may be async.
 *
 * **Ordering**:
 * A thread does one call at a time, in the order in which they came, and each is over before the next begins.
 *
 * @typeParam Tasks - The functions, by name.
 * @param tasks - The functions, by name.
 * @returns The same functions; export them for their types.
 * @throws TypeError when it is called a second time in a thread, or when something in `tasks` is no function.
 *
 * @example
 * ```ts
 * import { defineTasks } from "@disp/worker-pool/threads";
 *
 * const tasks = defineTasks({
 *   add(a: number, b: number) {
 *     return a + b;
 *   },
 * });
 * tasks.add(1, 2); // => 3
 * ```
 */
export function defineTasks<Tasks extends TaskTable>(tasks: Tasks & ThisType<Tasks>): Tasks {
  checkObject("define tasks", "tasks", tasks);
  for (const [name, task] of Object.entries(tasks)) checkFunction("define tasks", `tasks.${name}`, task);
  if (parentPort === null) return tasks;
  if (place().host !== undefined)
    throw new TypeError("Cannot define tasks: defineTasks must be called once in a thread, got a second call");
  // A copy: what the caller changes in its table later is not known on the other side.
  place().host = new TaskHost({ ...tasks }, parentPort);
  return tasks;
}

/**
 * The signal of the call that this thread is at. It is aborted when the call has overrun its timeout, when its caller has
 * aborted it, or when the pool quits. A task that does not stop then is terminated, together with its thread, after `graceMs`.
 *
 * An async task takes it once and listens. A task that computes for long without a pause asks for it again and again, which
 * costs well below a microsecond: that is the only way for it to hear of the abort.
 *
 * @throws RangeError outside of a task.
 *
 * @example
 * ```ts
 * import { defineTasks, taskSignal } from "@disp/worker-pool/threads";
 *
 * const tasks = defineTasks({
 *   countUp() {
 *     let count = 0;
 *     while (!taskSignal().aborted) count++;
 *     return count;
 *   },
 * });
 * ```
 */
export function taskSignal(): AbortSignal {
  const signal = place().host?.signal;
  if (signal === undefined)
    throw new RangeError("Cannot get the signal: it must be asked for within a task of a thread, got none");
  return signal;
}
