import type { RateLimitWaitOptions } from "../limiter.ts";
import type { RateLimitDecision } from "./decision.ts";
import { FallbackBuckets } from "./fallback-buckets.ts";
import { Gate } from "./gate.ts";
import { LocalBuckets } from "./local-buckets.ts";
import {
  checkPenaltyMs,
  KEYED_NAMES,
  normalize,
  type RedisKeyedRateLimiterOptions,
  type ResolvedOptions,
} from "./options.ts";
import { RedisBuckets } from "./redis-buckets.ts";

/**
 * One limit per key, such as per user, address or tenant, with the same figures for all, shared by all processes that
 * use the same Redis. Calls of one turn of the event loop travel together, whatever their keys: in one call to a server,
 * in one per slot to a cluster. For a single limit take {@link RedisRateLimiter}, which can take tokens ahead.
 *
 * The limit, what happens when Redis is away, and what a wait promises are those of {@link RedisRateLimiter}. A key that
 * nobody waits for takes no memory in this process, and none in Redis once its tokens are back.
 *
 * @example
 * ```ts redis
 * import { RedisKeyedRateLimiter } from "@disp/ratelimit/redis";
 * import { Redis } from "ioredis";
 *
 * const client = new Redis(process.env["REDIS_URL"] ?? "redis://localhost");
 * const perUser = new RedisKeyedRateLimiter({ client, prefix: "example:mails", ratePerSecond: 1 / 60, burst: 2 });
 * await Promise.all([perUser.allow("ann"), perUser.allow("ann"), perUser.allow("ann")]); // => [true, true, false]
 * await perUser.allow("bob"); // => true
 * await perUser.reset("ann");
 * await perUser.reset("bob");
 * client.disconnect();
 * ```
 */
export class RedisKeyedRateLimiter {
  readonly #redis: RedisBuckets;
  readonly #gate: Gate;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: RedisKeyedRateLimiterOptions) {
    const resolved = normalize("create a RedisKeyedRateLimiter", options, KEYED_NAMES);
    this.#redis = new RedisBuckets(resolved, resolved.limits, resolved.prefix);
    this.#gate = gateTo(this.#redis, resolved);
  }

  /** Takes `n` tokens of `key` if they are there now. See {@link RedisRateLimiter.allow}. @throws RedisUnavailableError when Redis is away and there is no fallback. */
  allow(key: string, n = 1): Promise<boolean> {
    return this.#gate.allow(key, n);
  }

  /** Takes `n` tokens of `key` if they are there now, and says when to try again if not. See {@link RedisRateLimiter.check}. @throws RedisUnavailableError when Redis is away and there is no fallback. */
  check(key: string, n = 1): Promise<RateLimitDecision> {
    return this.#gate.check(key, n);
  }

  /** Tokens of `key` that are there. See {@link RedisRateLimiter.peek}. @throws RedisUnavailableError when Redis is away and there is no fallback. */
  peek(key: string): Promise<number> {
    return this.#gate.peek(key);
  }

  /** Takes `n` tokens of `key` as soon as they are there. See {@link RedisRateLimiter.wait}. @throws RateLimitExceededError, RedisUnavailableError, RateLimiterClosedError, or the signal's reason. */
  wait(key: string, n = 1, options?: RateLimitWaitOptions): Promise<void> {
    return this.#gate.wait(key, n, options);
  }

  /** No tokens of `key` for `ms` milliseconds, 1_000_000_000_000 at most. See {@link RedisRateLimiter.penalize}. @throws RedisUnavailableError when Redis is away, with a fallback too. */
  async penalize(key: string, ms: number): Promise<void> {
    this.#gate.checkCall("penalize", key);
    await this.#redis.penalize(key, checkPenaltyMs(ms));
  }

  /** All tokens of `key` are there again. See {@link RedisRateLimiter.reset}. @throws RedisUnavailableError when Redis is away, with a fallback too. */
  async reset(key: string): Promise<void> {
    this.#gate.checkCall("reset", key);
    await this.#redis.reset(key);
  }

  /** Turns away all who wait. See {@link RedisRateLimiter.close}. */
  close(): Promise<void> {
    return this.#gate.close();
  }

  /** The same as {@link RedisKeyedRateLimiter.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

export function gateTo(redis: RedisBuckets, { limits, fallback, onFallback }: ResolvedOptions): Gate {
  if (fallback === undefined) return new Gate(redis, limits);
  const local = new LocalBuckets(limits, fallback.share, fallback.probeMs);
  return new Gate(new FallbackBuckets(redis, local, fallback.probeMs, onFallback), limits);
}
