/**
 * Token buckets with exact, cancellable reservations: one limit, one per key, or several tiers at once.
 *
 * @packageDocumentation
 * @module @disp/ratelimit
 */
export { allOf, type TieredLimiter } from "./lib/all-of.ts";
export { RateLimitExceededError } from "./lib/errors.ts";
export {
  KEYED_RATE_LIMITER_DEFAULTS,
  KeyedRateLimiter,
  type KeyedRateLimiterOptions,
} from "./lib/keyed-rate-limiter.ts";
export type { AsyncLimiter, Limiter, RateLimitWaitOptions, Reservation } from "./lib/limiter.ts";
export { RateLimiter, type RateLimiterOptions } from "./lib/rate-limiter.ts";
