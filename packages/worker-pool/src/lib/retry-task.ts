import { checkPolicy } from "@disp/options";
import type { RetryPolicy } from "@disp/retry";
import { checkTask } from "./check-task.ts";
import type { Task, TaskObject } from "./task.ts";

/**
 * Makes a task that is tried again, as `policy` says, when it fails. It gives up its worker while it waits for the next
 * attempt. `execute` takes a policy for one call; this is for tasks that are dispatched, or handed around. A policy that the
 * task had before is replaced.
 *
 * @throws TypeError when `task` is no task or `policy` no policy.
 *
 * @example
 * ```ts
 * import { fixedDelay } from "@disp/retry";
 * import { retryTask, WorkerPool } from "@disp/worker-pool";
 *
 * await using pool = new WorkerPool({ maxWorkers: 2 });
 * pool.run();
 * const flaky = retryTask(({ attempt }) => {
 *   if (attempt < 3) throw new Error("not yet");
 *   return attempt;
 * }, fixedDelay({ delayMs: 1, maxRetries: 5 }));
 *
 * await pool.execute(flaky); // => 3
 * ```
 */
export function retryTask<R, W = undefined>(task: Task<R, W>, policy: RetryPolicy): TaskObject<R, W> {
  checkTask("make a task that retries", task);
  checkPolicy("make a task that retries", "policy", policy);
  if (typeof task === "function") return { execute: task, retry: policy };
  return { execute: (context) => task.execute(context), timeoutMs: task.timeoutMs, retry: policy };
}
