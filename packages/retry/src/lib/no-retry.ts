import type { RetryPolicy } from "./retry-policy.ts";

const NO_RETRY: RetryPolicy = Object.freeze({ nextDelayMs: () => undefined });

/**
 * A policy that never tries again: the first failure is final.
 *
 * @example
 * ```ts
 * import { noRetry } from "@disp/retry";
 *
 * noRetry().nextDelayMs(1); // => undefined
 * ```
 */
export function noRetry(): RetryPolicy {
  return NO_RETRY;
}
