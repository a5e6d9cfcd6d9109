import { checkWaitOptions, checkPolicy, checkSignal, type OptionNames, show } from "@disp/options";
import type { RetryPolicy } from "@disp/retry";
import type { WaitOptions } from "@disp/sync-queue";
import { checkTimeout } from "./check-task.ts";

/** Options of `WorkerPool.execute`. */
export interface ExecuteOptions extends WaitOptions {
  /**
   * Milliseconds one attempt may take, from its start; Infinity = no limit. The wait for a worker does not count; a
   * `signal` ends that, too.
   *
   * @defaultValue the task's own `timeoutMs`, or the pool's `taskTimeoutMs`
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether and when a failed attempt is followed by another one.
   *
   * @defaultValue the task's own `retry`, or none
   */
  readonly retry?: RetryPolicy | undefined;
}

/** Options of `WorkerPool.call`. */
export interface CallOptions extends ExecuteOptions {
  /**
   * What of the arguments is moved to the thread, not copied: `ArrayBuffer`s, ports. It is gone here afterwards: to send it
   * once more, as a retry does, fails with a `DataCloneError`.
   *
   * @defaultValue nothing
   */
  readonly transfer?: readonly unknown[] | undefined;
}

const EXECUTE_NAMES: OptionNames<ExecuteOptions> = { signal: true, timeoutMs: true, retry: true };
const CALL_NAMES: OptionNames<CallOptions> = { ...EXECUTE_NAMES, transfer: true };

/** @throws TypeError or RangeError when a task cannot be executed so. */
export function checkExecuteOptions(options: ExecuteOptions): void {
  checkWaitOptions("execute", "options", options, EXECUTE_NAMES);
  checkTerms("execute", options);
}

/** @throws TypeError or RangeError when a task cannot be called so. */
export function checkCallOptions(options: CallOptions): void {
  // Arguments that are no array are the likelier mistake.
  if (typeof options !== "object" || Array.isArray(options)) {
    throw new TypeError(
      `Cannot call: options must be an object (args is an array of all arguments), got ${show(options)}`,
    );
  }
  checkWaitOptions("call", "options", options, CALL_NAMES);
  checkTerms("call", options);
  const { transfer } = options;
  if (transfer === undefined || Array.isArray(transfer)) return;
  throw new TypeError(`Cannot call: transfer must be an array, got ${show(transfer)}`);
}

function checkTerms(action: string, { signal, timeoutMs, retry }: ExecuteOptions): void {
  if (signal !== undefined) checkSignal(action, "signal", signal);
  if (timeoutMs !== undefined) checkTimeout(action, "timeoutMs", timeoutMs);
  if (retry !== undefined) checkPolicy(action, "retry", retry);
}
