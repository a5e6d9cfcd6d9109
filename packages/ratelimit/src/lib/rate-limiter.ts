import { checkNumber, checkOptions, type OptionNames } from "@disp/options";
import type { AsyncLimiter, Limiter, RateLimitWaitOptions, Reservation } from "./limiter.ts";
import { checkRequest } from "./request.ts";
import type { Claim } from "./claim.ts";
import { TokenBucket } from "./token-bucket.ts";
import { WaitLine } from "./wait-line.ts";

/** Options of a {@link RateLimiter}. */
export interface RateLimiterOptions {
  /** Tokens gained per second, at least 0; Infinity = no limit. */
  readonly ratePerSecond: number;
  /**
   * The most tokens that can be there at once, and so the most that can be taken at once; greater than 0.
   *
   * @defaultValue 1
   */
  readonly burst?: number | undefined;
}

const NAMES: OptionNames<RateLimiterOptions> = { ratePerSecond: true, burst: true };
const RATE = { min: 0, orInfinity: true };
const TOKENS = { above: 0 };

/**
 * A token bucket: on average `ratePerSecond`, and at most `burst` at once. In any span of time it admits at most
 * `burst` plus what the rate gives in that span.
 *
 * Most callers want {@link RateLimiter.wait}. Take {@link RateLimiter.allow} to turn away what comes too fast, and
 * {@link RateLimiter.reserve} to plan ahead: it says when, and can be cancelled. For one limit per user take
 * {@link KeyedRateLimiter}, for several limits at once {@link allOf}.
 *
 * **Ordering**:
 * First come, first served, whatever the number of tokens: a small request never overtakes a large one.
 *
 * **Cancellation**:
 * A wait that is aborted, and a reservation that is cancelled, give back exactly what they took, and everybody behind
 * moves up.
 *
 * Time is that of `performance.now()`. One that steps back, or stands still, mints nothing.
 *
 * Source: the token bucket of ATM and network traffic shaping, with reservations from the future.
 *
 * @example
 * ```ts
 * import { RateLimiter } from "@disp/ratelimit";
 *
 * const limiter = new RateLimiter({ ratePerSecond: 1, burst: 2 });
 * limiter.allow(); // => true
 * limiter.allow(); // => true
 * limiter.allow(); // => false
 * await limiter.wait(); // about a second later
 * ```
 */
export class RateLimiter implements Limiter, AsyncLimiter {
  readonly #bucket: TokenBucket;
  readonly #line: WaitLine<Claim>;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: RateLimiterOptions) {
    const action = "create a RateLimiter";
    const { ratePerSecond, burst = 1 } = checkOptions(action, "options", options, NAMES);
    checkNumber(action, "ratePerSecond", ratePerSecond, RATE);
    checkNumber(action, "burst", burst, TOKENS);
    this.#bucket = new TokenBucket(ratePerSecond, burst, () => this.#line.reviewSoon());
    this.#line = new WaitLine(this.#bucket);
  }

  /**
   * A limiter that gains one token each `intervalMs` milliseconds.
   *
   * @throws TypeError or RangeError when `intervalMs` or `burst` is no number greater than 0.
   */
  static every(intervalMs: number, burst = 1): RateLimiter {
    checkNumber("create a RateLimiter", "intervalMs", intervalMs, { above: 0, orInfinity: true });
    return create({ ratePerSecond: 1_000 / intervalMs, burst });
  }

  /** Tokens gained per second. */
  get ratePerSecond(): number {
    return this.#bucket.ratePerSecond;
  }

  /** The most tokens that can be there at once. */
  get burst(): number {
    return this.#bucket.burst;
  }

  /**
   * Takes `n` tokens if they are there now and nobody waits for them.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   * @returns whether they were taken.
   * @throws TypeError or RangeError when `n` is no number greater than 0.
   */
  allow(n = 1, now: number = performance.now()): boolean {
    checkRequest("allow", n, now);
    return this.#bucket.allow(n, now);
  }

  /**
   * Whether {@link RateLimiter.allow} would take `n` tokens. It takes nothing.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   * @throws TypeError or RangeError when `n` is no number greater than 0.
   */
  admits(n = 1, now: number = performance.now()): boolean {
    checkRequest("ask", n, now);
    return this.#bucket.admits(n, now);
  }

  /**
   * Takes `n` tokens, if need be from the future, and says when the holder may act.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   * @throws TypeError or RangeError when `n` is no number greater than 0.
   */
  reserve(n = 1, now: number = performance.now()): Reservation {
    checkRequest("reserve", n, now);
    return new BucketReservation(this.#bucket, this.#bucket.claim(n, now));
  }

  /**
   * Takes `n` tokens as soon as they are there, in the order of the calls.
   *
   * @throws RateLimitExceededError, at once and without taking anything, when they can never be had or not within
   * `maxWaitMs`, and later when a change of the limits makes that so; the signal's reason.
   */
  wait(n = 1, options?: RateLimitWaitOptions): Promise<void> {
    return this.#line.wait(n, options);
  }

  /**
   * Tokens that are there; negative while reservations have taken some from the future.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   */
  tokens(now: number = performance.now()): number {
    return this.#bucket.tokens(now);
  }

  /**
   * Changes the rate from now on; everybody who waits is timed anew.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   * @throws TypeError or RangeError when it is no number >= 0 or Infinity.
   */
  setRate(ratePerSecond: number, now: number = performance.now()): void {
    checkNumber("set the rate", "ratePerSecond", ratePerSecond, RATE);
    this.#bucket.setLimits(ratePerSecond, this.burst, now);
    this.#line.reviewAllSoon();
  }

  /**
   * Changes the burst from now on; those who wait for more than that are turned away.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   * @throws TypeError or RangeError when it is no number greater than 0.
   */
  setBurst(burst: number, now: number = performance.now()): void {
    checkNumber("set the burst", "burst", burst, TOKENS);
    this.#bucket.setLimits(this.ratePerSecond, burst, now);
    this.#line.reviewAllSoon();
  }

  /**
   * No tokens for `ms` milliseconds: the other side said so, with a 429 and a Retry-After, say. Then there is one, and
   * more come at the usual rate.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   * @throws TypeError or RangeError when `ms` is no number >= 0.
   */
  penalize(ms: number, now: number = performance.now()): void {
    checkNumber("penalize", "ms", ms, { min: 0 });
    this.#bucket.penalize(ms, now);
    this.#line.reviewAllSoon();
  }
}

class BucketReservation implements Reservation {
  readonly #bucket: TokenBucket;
  readonly #claim: Claim | undefined;

  constructor(bucket: TokenBucket, claim: Claim | undefined) {
    this.#bucket = bucket;
    this.#claim = claim;
  }

  get ok(): boolean {
    return this.#claim !== undefined && this.#claim.state !== "impossible";
  }

  delayMs(now: number = performance.now()): number {
    return this.#claim === undefined ? Infinity : this.#bucket.delayMs(this.#claim, now);
  }

  cancel(now: number = performance.now()): void {
    if (this.#claim !== undefined) this.#bucket.giveBack(this.#claim, now);
  }

  postpone(notBefore: number, now: number): void {
    if (this.#claim !== undefined) this.#bucket.postpone(this.#claim, notBefore, now);
  }

  hold(): void {
    if (this.#claim !== undefined) this.#bucket.hold(this.#claim);
  }

  act(now: number): void {
    if (this.#claim !== undefined) this.#bucket.act(this.#claim, now);
  }

  onRetime(listener: () => void): void {
    if (this.#claim !== undefined) this.#bucket.listen(this.#claim, listener);
  }
}

/** Outside of the class, for bundlers rename a class that names itself. */
function create(options: RateLimiterOptions): RateLimiter {
  return new RateLimiter(options);
}
