import { reportError } from "./call-hook.ts";

/** A `RetryPolicy` of `@disp/retry`, which is above this floor. */
interface Policy {
  nextDelayMs(attempt: number, error?: unknown): number | undefined;
}

/**
 * Asks a retry policy. One that throws, or answers what is no delay, is reported and counts as one that says stop:
 * nothing may wait for a time that never comes.
 */
export function retryDelay(policy: Policy | undefined, attempt: number, error: unknown): number | undefined {
  try {
    const delayMs = policy?.nextDelayMs(attempt, error);
    if (delayMs === undefined || (typeof delayMs === "number" && delayMs >= 0 && delayMs < Infinity)) return delayMs;
    throw new RangeError(`Cannot retry: nextDelayMs() must be a number >= 0 or undefined, got ${delayMs}`);
  } catch (mistake) {
    reportError(mistake);
    return undefined;
  }
}
