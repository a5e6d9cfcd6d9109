import { checkNumber, checkOptions, type OptionNames } from "@disp/options";
import type { RateLimitWaitOptions, Reservation } from "./limiter.ts";
import { KeyTable } from "./key-table.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { checkRequest } from "./request.ts";

/** Options of a {@link KeyedRateLimiter}. */
export interface KeyedRateLimiterOptions {
  /** Tokens gained per second by each key, at least 0; Infinity = no limit. */
  readonly ratePerSecond: number;
  /**
   * The most tokens that a key can have at once; greater than 0. A new key has that many.
   *
   * @defaultValue 1
   */
  readonly burst?: number | undefined;
  /**
   * The most keys that are remembered, at least 1. One more, and a key that was not used for long is forgotten, and with
   * it what it owed; keys that somebody waits for or holds a reservation of are spared.
   *
   * @defaultValue 100_000
   */
  readonly maxKeys?: number | undefined;
  /**
   * Milliseconds after which an unused key is forgotten, but not before its tokens are all back: then nothing is lost.
   *
   * @defaultValue 60_000
   */
  readonly idleMs?: number | undefined;
}

/** What a {@link KeyedRateLimiter} does when it is told nothing. */
export const KEYED_RATE_LIMITER_DEFAULTS: {
  readonly [Name in "burst" | "maxKeys" | "idleMs"]: NonNullable<KeyedRateLimiterOptions[Name]>;
} = Object.freeze({
  burst: 1,
  maxKeys: 100_000,
  idleMs: 60_000,
});

const NAMES: OptionNames<KeyedRateLimiterOptions> = {
  ratePerSecond: true,
  burst: true,
  maxKeys: true,
  idleMs: true,
};

/** How many idle keys one call forgets at most, so that no call takes long. */
const SWEEP = 128;
/** How many keys that were used meanwhile may stand before each of those. */
const SPARED = 4;

/**
 * One {@link RateLimiter} per key, such as per user, address or tenant, with the same limits for all. Keys come into
 * being when they are used and are forgotten when they are not, without a timer: each call forgets a few of those that are
 * idle, and gives their memory back. A key that is never waited for takes
 * some hundred bytes.
 *
 * It is no `Limiter`, since it needs the key: a Dispatcher takes a {@link RateLimiter}.
 *
 * **Ordering**:
 * For each key: first come, first served.
 *
 * @typeParam K - What tells the keys apart, compared like the keys of a `Map`.
 *
 * @example
 * ```ts
 * import { KeyedRateLimiter } from "@disp/ratelimit";
 *
 * const perUser = new KeyedRateLimiter<string>({ ratePerSecond: 1, burst: 2 });
 * perUser.allow("ann"); // => true
 * perUser.allow("ann"); // => true
 * perUser.allow("ann"); // => false
 * perUser.allow("bob"); // => true
 * perUser.size; // => 2
 * ```
 */
export class KeyedRateLimiter<K> {
  readonly #ratePerSecond: number;
  readonly #burst: number;
  readonly #maxKeys: number;
  /** A key unused for this long is full again, and may go. */
  readonly #forgottenAfterMs: number;
  readonly #table = new KeyTable<K>();
  /** The keys that somebody reserved or waited for have a limiter of their own, which knows who is in line. */
  readonly #limiters = new Map<K, RateLimiter>();
  #now = -Infinity;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: KeyedRateLimiterOptions) {
    const action = "create a KeyedRateLimiter";
    const defaults = KEYED_RATE_LIMITER_DEFAULTS;
    const { ratePerSecond, burst = defaults.burst } = checkOptions(action, "options", options, NAMES);
    const { maxKeys = defaults.maxKeys, idleMs = defaults.idleMs } = options;
    this.#ratePerSecond = checkNumber(action, "ratePerSecond", ratePerSecond, { min: 0, orInfinity: true });
    this.#burst = checkNumber(action, "burst", burst, { above: 0 });
    this.#maxKeys = checkNumber(action, "maxKeys", maxKeys, { whole: true, min: 1, orInfinity: true });
    checkNumber(action, "idleMs", idleMs, { min: 0, orInfinity: true });
    this.#forgottenAfterMs = Math.max(idleMs, (burst * 1_000) / ratePerSecond);
  }

  /** The most keys that are remembered. */
  get maxKeys(): number {
    return this.#maxKeys;
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#table.size;
  }

  /**
   * Takes `n` tokens of `key` if they are there now.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   * @returns whether they were taken.
   * @throws TypeError or RangeError when `n` is no number greater than 0.
   */
  allow(key: K, n = 1, now: number = performance.now()): boolean {
    checkRequest("allow", n, now);
    const slot = this.#use(key, now);
    const limiter = this.#limiters.size === 0 ? undefined : this.#limiters.get(key);
    if (limiter !== undefined) return limiter.allow(n, this.#now);
    if (this.#ratePerSecond === Infinity) return true;
    const tokens = this.#table.tokens(slot, this.#now, this.#ratePerSecond);
    if (n > this.#burst) return false;
    if (tokens < n && !this.#table.isDue(slot, n, this.#now, this.#ratePerSecond)) return false;
    if (tokens >= this.#burst) this.#table.setTokens(slot, this.#burst - n, this.#now);
    else this.#table.take(slot, n);
    return true;
  }

  /**
   * Takes `n` tokens of `key`, if need be from the future. See {@link RateLimiter.reserve}.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   * @throws TypeError or RangeError when `n` is no number greater than 0.
   */
  reserve(key: K, n = 1, now: number = performance.now()): Reservation {
    return this.#limiterOf(key, now).reserve(n, this.#now);
  }

  /** Takes `n` tokens of `key` as soon as they are there. See {@link RateLimiter.wait}. @throws RateLimitExceededError, or the signal's reason. */
  wait(key: K, n = 1, options?: RateLimitWaitOptions): Promise<void> {
    return this.#limiterOf(key, performance.now()).wait(n, options);
  }

  #limiterOf(key: K, now: number): RateLimiter {
    const slot = this.#use(key, now);
    const existing = this.#limiters.get(key);
    if (existing !== undefined) return existing;
    const limiter = new RateLimiter({ ratePerSecond: this.#ratePerSecond, burst: this.#burst });
    const spent = this.#burst - Math.min(this.#burst, this.#table.tokens(slot, this.#now, this.#ratePerSecond));
    if (spent > 0) limiter.allow(spent, this.#now);
    this.#limiters.set(key, limiter);
    return limiter;
  }

  #use(key: K, now: number): number {
    // Time never runs backwards here: see TokenBucket.
    if (now > this.#now) this.#now = now;
    this.#forgetIdle();
    const slot = this.#table.find(key);
    if (slot !== undefined) {
      this.#table.touch(slot, this.#now);
      return slot;
    }
    for (let over = this.#table.size - this.#maxKeys; over >= 0; over -= 1) this.#forgetOne();
    return this.#table.add(key, this.#burst, this.#now);
  }

  /** Each call forgets more keys than it can add, so none that is idle is kept for long. */
  #forgetIdle(): void {
    for (let left = SWEEP; left > 0; left -= 1) {
      const slot = this.#table.idleSince(this.#now - this.#forgottenAfterMs, this.#now, SPARED);
      if (slot === undefined) return;
      this.#forgetOrSpare(slot, this.#burst);
    }
  }

  #forgetOne(): void {
    for (let tries = this.#limiters.size; tries >= 0; tries -= 1) {
      const slot = this.#table.leastUsed(this.#now);
      if (slot === undefined || this.#forgetOrSpare(slot, 0)) return;
    }
  }

  /**
   * @param enough - A key with fewer tokens counts as used instead: below 0, somebody waits or holds a reservation; below
   * the burst, tokens that were taken from the future are not back yet, however long the key was not used.
   * @returns whether it was forgotten.
   */
  #forgetOrSpare(slot: number, enough: number): boolean {
    const key = this.#table.keyOf(slot);
    const limiter = this.#limiters.get(key);
    if (limiter !== undefined && limiter.tokens(this.#now) < enough) {
      this.#table.touch(slot, this.#now);
      this.#table.spare(this.#now);
      return false;
    }
    this.#limiters.delete(key);
    this.#table.forget();
    return true;
  }
}
