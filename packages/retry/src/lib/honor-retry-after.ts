import { checkPolicy } from "@disp/options";
import { retryAfterMs } from "./retry-after.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/**
 * A policy that also listens to the error: it waits the longer of `policy`'s delay and the error's own hint, as
 * {@link retryAfterMs} reads it. Where `policy` stops, it stops, whatever the error hopes for.
 *
 * A hint is taken at its word, however long. Wrap the result if a day is too long for you.
 *
 * @param policy - Decides when there is no hint, and when to stop.
 * @throws TypeError when `policy` has no `nextDelayMs()`.
 *
 * @example
 * ```ts
 * import { fixedDelay, honorRetryAfter } from "@disp/retry";
 *
 * const policy = honorRetryAfter(fixedDelay({ delayMs: 1_000, maxRetries: 2 }));
 * const tooMany = { status: 429, headers: new Headers({ "Retry-After": "30" }) };
 *
 * policy.nextDelayMs(1, tooMany); // => 30_000
 * policy.nextDelayMs(2, new Error("no hint")); // => 1_000
 * policy.nextDelayMs(3, tooMany); // => undefined
 * ```
 */
export function honorRetryAfter(policy: RetryPolicy): RetryPolicy {
  checkPolicy("honor Retry-After", "policy", policy);
  return Object.freeze({
    nextDelayMs(attempt: number, error?: unknown): number | undefined {
      const delayMs = policy.nextDelayMs(attempt, error);
      // "Stop", and nonsense: whoever asked has to see it.
      if (typeof delayMs !== "number" || !(delayMs >= 0)) return delayMs;
      return Math.max(delayMs, retryAfterMs(error) ?? 0);
    },
  });
}
