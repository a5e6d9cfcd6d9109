/**
 * Decides whether and when a failed thing is tried again.
 *
 * A policy keeps no state: what it needs to know is in the attempt number, so one policy serves any number of things
 * that fail at the same time. Write your own where the error decides:
 *
 * @example
 * ```ts
 * import { exponentialBackoff, type RetryPolicy } from "@disp/retry";
 *
 * const backoff = exponentialBackoff({ maxRetries: 5 });
 * const unlessForbidden: RetryPolicy = {
 *   nextDelayMs: (attempt, error) => (error === "forbidden" ? undefined : backoff.nextDelayMs(attempt, error)),
 * };
 *
 * unlessForbidden.nextDelayMs(1, "timeout"); // => 200
 * unlessForbidden.nextDelayMs(1, "forbidden"); // => undefined
 * ```
 */
export interface RetryPolicy {
  /**
   * How long to wait after a failure.
   *
   * @param attempt - How often it was tried so far: 1 after the first failure.
   * @param error - What it failed with.
   * @returns Milliseconds until the next attempt, or undefined to stop trying.
   */
  nextDelayMs(attempt: number, error?: unknown): number | undefined;
}
