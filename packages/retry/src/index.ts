/**
 * Retry policies as small immutable values, a reader for `Retry-After`, and the loop that most people come for. The
 * other packages of the family take the same policies.
 *
 * @packageDocumentation
 * @module @disp/retry
 */
export {
  EXPONENTIAL_BACKOFF_DEFAULTS,
  exponentialBackoff,
  type ExponentialBackoffOptions,
  type Jitter,
} from "./lib/exponential-backoff.ts";
export { FIXED_DELAY_DEFAULTS, fixedDelay, type FixedDelayOptions } from "./lib/fixed-delay.ts";
export { honorRetryAfter } from "./lib/honor-retry-after.ts";
export { noRetry } from "./lib/no-retry.ts";
export { retry, RETRY_DEFAULTS, type RetryContext, type RetryOptions } from "./lib/retry.ts";
export { retryAfterMs } from "./lib/retry-after.ts";
export { RetryAfterError, type RetryAfterErrorOptions } from "./lib/retry-after-error.ts";
export type { RetryPolicy } from "./lib/retry-policy.ts";
