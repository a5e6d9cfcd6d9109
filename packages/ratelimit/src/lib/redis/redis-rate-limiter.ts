import { checkText } from "@disp/options";
import type { AsyncLimiter, RateLimitWaitOptions } from "../limiter.ts";
import type { RateLimitDecision } from "./decision.ts";
import type { Gate } from "./gate.ts";
import { checkPenaltyMs, normalize, normalizeLease, type RedisRateLimiterOptions, SINGLE_NAMES } from "./options.ts";
import { Purse } from "./purse.ts";
import { RedisBuckets } from "./redis-buckets.ts";
import { gateTo } from "./redis-keyed-rate-limiter.ts";

const YES: Promise<boolean> = Promise.resolve(true);
const DONE: Promise<void> = Promise.resolve();

/**
 * A limit that many processes share through Redis: together they get `ratePerSecond` on average and at most `burst` at
 * once. In any span of time all of them are granted at most `burst` plus what the rate gives in that span, by the clock of
 * the server; tokens that are given back do not count, and mint nothing, in whatever order and however late they come. A `Dispatcher` takes it as its `rateLimit`. For one limit per user take {@link RedisKeyedRateLimiter}, for a
 * limit within one process a `RateLimiter`, which needs no calls.
 *
 * Nothing that is turned away is charged. A call that the client sends twice, since its connection was lost, is charged
 * twice, and tokens of a call that got no answer may be gone: fewer are let through then, never more. A server that loses
 * its data forgets what was used, so that a whole burst is there once more.
 *
 * With a `lease` tokens are taken ahead and spent without a call each. Any span of time may then see `lease.tokens` more
 * for each process; and tokens that one process holds and does not spend are missed by the others, for `lease.ttlMs` at
 * most.
 *
 * When Redis is away, calls reject with a `RedisUnavailableError`, each after `timeoutMs` at the latest; a limit that is
 * reached is never reported so. With a `fallback`, from the first such error on each process keeps to a share of the
 * limits by itself, until Redis can be written again for the key that failed; what it grants then comes on top of what
 * Redis grants to others.
 *
 * **Ordering**:
 * First come, first served within a process. Between processes no order is promised; each asks again when its tokens are due,
 * and whoever comes first has them.
 *
 * **Fairness**:
 * Within a process no wait overtakes another one, whatever the number of tokens; and while somebody is known to have to
 * wait, also while their question is asked again, `allow` and `check` say no.
 *
 * **Overflow**:
 * Any number may wait.
 *
 * **Cancellation**:
 * A wait that is aborted takes nothing: tokens that were on their way are given back, but for what the limit has
 * regained of them meanwhile.
 *
 * **Closing**:
 * It need not be closed: it keeps no process alive while nobody waits. {@link RedisRateLimiter.close} gives back what a
 * lease holds, and leaves the client open.
 *
 * Source: GCRA, the generic cell rate algorithm of ATM, which is a token bucket that needs no timer; in one Lua script.
 *
 * @example
 * ```ts redis
 * import { RedisRateLimiter } from "@disp/ratelimit/redis";
 * import { Redis } from "ioredis";
 *
 * const client = new Redis(process.env["REDIS_URL"] ?? "redis://localhost");
 * const limiter = new RedisRateLimiter({ client, key: "example:api", ratePerSecond: 100 / 60, burst: 2 });
 * await limiter.check(); // => { allowed: true, remaining: 1 }
 * await limiter.wait(); // in line, until there is a token
 * const decision = await limiter.check();
 * decision.allowed; // => false
 * if (!decision.allowed) console.log(`Retry-After: ${Math.ceil(decision.retryAfterMs / 1_000)}`);
 * await limiter.reset();
 * client.disconnect();
 * ```
 */
export class RedisRateLimiter implements AsyncLimiter {
  readonly #key: string;
  readonly #redis: RedisBuckets;
  readonly #gate: Gate;
  readonly #purse: Purse | undefined;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: RedisRateLimiterOptions) {
    const action = "create a RedisRateLimiter";
    const resolved = normalize(action, options, SINGLE_NAMES);
    const { limits, prefix } = resolved;
    this.#key = checkText(action, "key", options.key);
    const lease = options.lease === undefined ? undefined : normalizeLease(action, options.lease, limits);
    this.#redis = new RedisBuckets(resolved, limits, prefix);
    this.#gate = gateTo(this.#redis, resolved);
    this.#purse = lease === undefined ? undefined : new Purse(this.#gate, this.#key, lease.tokens, lease.ttlMs);
  }

  /**
   * Takes `n` tokens if they are there now and nobody in this process has to wait for them.
   *
   * @returns whether they were taken.
   * @throws RedisUnavailableError when Redis is away and there is no fallback; TypeError or RangeError when `n` is no
   * number greater than 0. All as rejections.
   */
  allow(n = 1): Promise<boolean> {
    const purse = this.#purse;
    if (purse === undefined) return this.#gate.allow(this.#key, n);
    return purse.spend(n) ? YES : this.#allowOnce(purse, n);
  }

  /**
   * Like {@link RedisRateLimiter.allow}, but says as well how many are left, and when to try again: what an HTTP server
   * writes into `RateLimit` and `Retry-After`. With a lease, `remaining` is what is left of the lease while there is some.
   *
   * @throws what `allow` throws.
   */
  check(n = 1): Promise<RateLimitDecision> {
    const purse = this.#purse;
    if (purse === undefined) return this.#gate.check(this.#key, n);
    return purse.spend(n) ? Promise.resolve({ allowed: true, remaining: purse.left }) : this.#checkOnce(purse, n);
  }

  /**
   * Whole tokens that are there in Redis, of the tightest tier. It takes nothing.
   *
   * @throws what `allow` throws.
   */
  peek(): Promise<number> {
    return this.#gate.peek(this.#key);
  }

  /**
   * Takes `n` tokens as soon as they are there, in the order of the calls.
   *
   * @throws RateLimitExceededError as soon as it is known that they can never be had or not within `maxWaitMs`, and when
   * `maxWaitMs` are over and no answer is on its way; RedisUnavailableError when Redis is away and there is no fallback, for all who wait;
   * RateLimiterClosedError when the limiter is closed; the signal's reason. Nothing is taken then.
   */
  wait(n = 1, options?: RateLimitWaitOptions): Promise<void> {
    // Whatever needs a closer look goes the long way.
    if (isPlain(options) && this.#purse?.spend(n) === true) return DONE;
    const granted = this.#gate.wait(this.#key, n, options);
    this.#purse?.fill();
    return granted;
  }

  /**
   * No tokens, for all processes, for `ms` milliseconds: the other side said so, with a 429 and a Retry-After, say. Then
   * there is one, and more come at the rate of the tier that fills quickest. What leases hold already is spent.
   *
   * @param ms - At most 1_000_000_000_000, thirty years.
   * @throws RedisUnavailableError when Redis is away, with a fallback too; TypeError or RangeError when `ms` is no number
   * \>= 0, or too large. All as rejections.
   */
  async penalize(ms: number): Promise<void> {
    this.#gate.checkCall("penalize", this.#key);
    await this.#redis.penalize(this.#key, checkPenaltyMs(ms));
  }

  /**
   * All tokens are there again, and a penalty is over. Those who wait hear of it when they ask again, at the time they
   * were told.
   *
   * @throws RedisUnavailableError when Redis is away, with a fallback too.
   */
  async reset(): Promise<void> {
    this.#gate.checkCall("reset", this.#key);
    await this.#redis.reset(this.#key);
  }

  /**
   * Turns away all who wait, with a RateLimiterClosedError, and whoever comes later; gives back what a lease holds. The
   * client stays open.
   *
   * @returns A promise that resolves once that is done, or has failed: closing never rejects.
   */
  close(): Promise<void> {
    return this.#gate.close(this.#purse?.close());
  }

  /** The same as {@link RedisRateLimiter.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What is asked for comes before what is asked for ahead; and what came ahead meanwhile is better than a no. */
  async #allowOnce(purse: Purse, n: number): Promise<boolean> {
    const asked = this.#gate.allow(this.#key, n);
    purse.fill();
    return (await asked) || purse.spend(n);
  }

  async #checkOnce(purse: Purse, n: number): Promise<RateLimitDecision> {
    const asked = this.#gate.check(this.#key, n);
    purse.fill();
    const decision = await asked;
    return !decision.allowed && purse.spend(n) ? { allowed: true, remaining: purse.left } : decision;
  }
}

function isPlain(options: RateLimitWaitOptions | null | undefined): boolean {
  return options === undefined || (options?.maxWaitMs === undefined && options?.signal?.aborted === false);
}
