import { checkNumber, checkPolicy, show } from "@disp/options";
import type { Task } from "./task.ts";

const TIMEOUT = { above: 0, orInfinity: true };

/** @throws TypeError or RangeError when `task` cannot be run. */
export function checkTask<R, W>(action: string, task: Task<R, W>): void {
  if (typeof task === "function") return;
  // A function is the likelier wish, so the message starts with it.
  if (typeof task !== "object" || (task as unknown) === null || typeof task.execute !== "function") {
    throw new TypeError(`Cannot ${action}: task must be a function or an object with execute(), got ${show(task)}`);
  }
  if (task.timeoutMs !== undefined) checkTimeout(action, "task.timeoutMs", task.timeoutMs);
  if (task.retry !== undefined) checkPolicy(action, "task.retry", task.retry);
}

/** @throws TypeError or RangeError when `timeoutMs` is not greater than 0. */
export function checkTimeout(action: string, path: string, timeoutMs: number): number {
  return checkNumber(action, path, timeoutMs, TIMEOUT);
}
