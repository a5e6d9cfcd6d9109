import { reportError } from "@disp/hooks";
import { checkNumber } from "@disp/options";
import type { RetryPolicy } from "@disp/retry";

/**
 * Asks a policy. One that throws, or answers what is no delay, is reported and counts as one that says stop: nothing
 * may wait for a time that never comes.
 */
export function retryDelay(policy: RetryPolicy | undefined, attempt: number, error: unknown): number | undefined {
  try {
    const delayMs = policy?.nextDelayMs(attempt, error);
    return delayMs === undefined ? undefined : checkNumber("retry", "nextDelayMs()", delayMs, { min: 0 });
  } catch (mistake) {
    reportError(mistake);
    return undefined;
  }
}
