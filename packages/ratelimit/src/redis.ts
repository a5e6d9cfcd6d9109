/**
 * Limits that many processes share through Redis: one limit, several tiers at once, or one per key.
 *
 * @packageDocumentation
 * @module @disp/ratelimit/redis
 */
export type { RateLimitDecision } from "./lib/redis/decision.ts";
export { RateLimiterClosedError } from "./lib/redis/errors.ts";
export {
  REDIS_RATE_LIMITER_DEFAULTS,
  type RedisKeyedRateLimiterOptions,
  type RedisRateLimit,
  type RedisRateLimiterFallback,
  type RedisRateLimiterKey,
  type RedisRateLimiterLease,
  type RedisRateLimiterOptions,
  type RedisRateLimiterSettings,
  type RedisRateLimits,
  type RedisRateLimitTier,
} from "./lib/redis/options.ts";
export { RedisKeyedRateLimiter } from "./lib/redis/redis-keyed-rate-limiter.ts";
export { RedisRateLimiter } from "./lib/redis/redis-rate-limiter.ts";
