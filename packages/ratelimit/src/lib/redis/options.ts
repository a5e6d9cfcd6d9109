import { checkFunction, checkNumber, checkOptions, checkText, type OptionNames, show } from "@disp/options";
import { REDIS_CONNECTION_DEFAULTS, type RedisClient, type RedisUnavailableError } from "@disp/redis";
import type { FallbackHook } from "./fallback-buckets.ts";
import { Limits, type Tier } from "./limits.ts";

/** One of several limits that hold at once. */
export interface RedisRateLimitTier {
  /** Tokens gained per second, greater than 0; fractions are fine: 100 a minute is `100 / 60`. */
  readonly ratePerSecond: number;
  /**
   * The most tokens that can be there at once, at least 1 and at most `Number.MAX_SAFE_INTEGER`.
   *
   * @defaultValue 1
   */
  readonly burst?: number | undefined;
}

/** What a limiter does while Redis is away. */
export interface RedisRateLimiterFallback {
  /**
   * The part of the limits that this process may use by itself meanwhile, greater than 0 and at most 1: with four
   * processes, 0.25 keeps the limit. The burst is at least 1.
   */
  readonly share: number;
  /**
   * Milliseconds, greater than 0, between two probes whether Redis is back: a small key is written, since servers may
   * answer and not be able to write. It is done only while the limiter is used.
   *
   * @defaultValue 1_000
   */
  readonly probeMs?: number | undefined;
}

/** Tokens that are taken ahead. */
export interface RedisRateLimiterLease {
  /** The most tokens that this process holds unspent: a whole number, at least 1 and at most the smallest `burst`. */
  readonly tokens: number;
  /**
   * Milliseconds, greater than 0, for which a token may be held. What is older goes back.
   *
   * @defaultValue 1_000
   */
  readonly ttlMs?: number | undefined;
}

/** What limiters in Redis have in common. */
export interface RedisRateLimiterSettings {
  /** A client of ioredis or node-redis, made and closed by you. */
  readonly client: RedisClient;
  /**
   * What the names of all keys begin with: a string without braces.
   *
   * @defaultValue "disp:limit"
   */
  readonly prefix?: string | undefined;
  /**
   * Milliseconds, greater than 0, within which Redis must answer each call, connecting included.
   *
   * @defaultValue 1_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * What to do while Redis is away.
   *
   * @defaultValue none: calls reject with a RedisUnavailableError
   */
  readonly fallback?: RedisRateLimiterFallback | undefined;
  /**
   * Told that the fallback begins, with the error that set it off, and that Redis is back.
   *
   * @defaultValue nothing is called
   */
  readonly onFallback?: ((state: "away" | "back", error?: RedisUnavailableError) => void) | undefined;
}

/** A single limit. */
export interface RedisRateLimit extends RedisRateLimitTier {
  /** Take it instead for several limits. */
  readonly tiers?: undefined;
}

/** Several limits at once, all or nothing. */
export interface RedisRateLimits {
  /** At least one. Ten a second and a hundred a minute: `[{ ratePerSecond: 10, burst: 10 }, { ratePerSecond: 100 / 60, burst: 100 }]`. */
  readonly tiers: readonly RedisRateLimitTier[];
  /** It stands in each tier. */
  readonly ratePerSecond?: undefined;
  /** It stands in each tier. */
  readonly burst?: undefined;
}

/** Options of a {@link RedisKeyedRateLimiter}: `ratePerSecond` and `burst`, or `tiers`. */
export type RedisKeyedRateLimiterOptions = RedisRateLimiterSettings & (RedisRateLimit | RedisRateLimits);

/** What only a limiter with a single key has. */
export interface RedisRateLimiterKey {
  /** Names the limit: all limiters with the same key, prefix and figures share it. */
  readonly key: string;
  /**
   * Takes tokens ahead, to be spent without a call each.
   *
   * @defaultValue none: every token is asked for
   */
  readonly lease?: RedisRateLimiterLease | undefined;
}

/** Options of a {@link RedisRateLimiter}: `ratePerSecond` and `burst`, or `tiers`. */
export type RedisRateLimiterOptions = RedisKeyedRateLimiterOptions & RedisRateLimiterKey;

/** What a {@link RedisRateLimiter} and a {@link RedisKeyedRateLimiter} do when they are told nothing. */
export const REDIS_RATE_LIMITER_DEFAULTS: {
  /** The most tokens that can be there at once. */
  readonly burst: number;
  /** What the names of all keys begin with. */
  readonly prefix: string;
  /** Milliseconds within which Redis must answer. */
  readonly timeoutMs: number;
  /** Of tokens that are taken ahead. */
  readonly lease: {
    /** Milliseconds for which a token may be held. */
    readonly ttlMs: number;
  };
  /** While Redis is away. */
  readonly fallback: {
    /** Milliseconds between two probes whether it is back. */
    readonly probeMs: number;
  };
} = Object.freeze({
  burst: 1,
  prefix: "disp:limit",
  timeoutMs: REDIS_CONNECTION_DEFAULTS.timeoutMs,
  lease: Object.freeze({ ttlMs: 1_000 }),
  fallback: Object.freeze({ probeMs: 1_000 }),
});

/** Options as the limiters use them: complete, checked, and a copy of their own. */
export interface ResolvedOptions {
  readonly client: RedisClient;
  readonly timeoutMs: number;
  readonly prefix: string;
  readonly limits: Limits;
  readonly fallback: { readonly share: number; readonly probeMs: number } | undefined;
  readonly onFallback: FallbackHook | undefined;
}

const ABOVE_0 = { above: 0 };
/** A brace would move the hash tag, and put keys that travel together into other slots. */
const NO_BRACES = { rule: "a string without braces", pattern: /^[^{}]*$/u };
/** Thirty years: times beyond it would leave the whole numbers that Lua can count with. */
const LONGEST_FILL_SECONDS = 1_000_000_000;

/** The options of both limiters. */
export const KEYED_NAMES: OptionNames<RedisKeyedRateLimiterOptions> = {
  client: true,
  ratePerSecond: true,
  burst: true,
  tiers: true,
  prefix: true,
  timeoutMs: true,
  fallback: true,
  onFallback: true,
};
export const SINGLE_NAMES: OptionNames<RedisRateLimiterOptions> = { ...KEYED_NAMES, key: true, lease: true };
const TIER_NAMES: OptionNames<RedisRateLimitTier> = { ratePerSecond: true, burst: true };
const LEASE_NAMES: OptionNames<RedisRateLimiterLease> = { tokens: true, ttlMs: true };
const FALLBACK_NAMES: OptionNames<RedisRateLimiterFallback> = { share: true, probeMs: true };

export function normalize<Options extends RedisKeyedRateLimiterOptions>(
  action: string,
  options: Options,
  names: OptionNames<Options>,
): ResolvedOptions {
  checkOptions(action, "options", options, names);
  const defaults = REDIS_RATE_LIMITER_DEFAULTS;
  const { client, timeoutMs = defaults.timeoutMs, prefix = defaults.prefix, fallback, onFallback } = options;
  if (onFallback !== undefined) checkFunction(action, "onFallback", onFallback);
  return {
    client,
    timeoutMs: checkNumber(action, "timeoutMs", timeoutMs, { above: 0, orInfinity: true }),
    prefix: checkText(action, "prefix", prefix, NO_BRACES),
    limits: new Limits(tiersOf(action, options)),
    fallback: fallback === undefined ? undefined : normalizeFallback(action, fallback),
    onFallback,
  };
}

/** @throws TypeError or RangeError when it is wrong. */
export function normalizeLease(
  action: string,
  lease: RedisRateLimiterLease,
  limits: Limits,
): { readonly tokens: number; readonly ttlMs: number } {
  const { tokens, ttlMs = REDIS_RATE_LIMITER_DEFAULTS.lease.ttlMs } = checkOptions(action, "lease", lease, LEASE_NAMES);
  return {
    tokens: checkNumber(action, "lease.tokens", tokens, { whole: true, min: 1, max: limits.maxTokens }),
    ttlMs: checkNumber(action, "lease.ttlMs", ttlMs, ABOVE_0),
  };
}

/** The time of a penalty. @throws TypeError or RangeError when it is wrong. */
export function checkPenaltyMs(ms: unknown): number {
  return checkNumber("penalize", "ms", ms, { min: 0, max: LONGEST_FILL_SECONDS * 1_000 });
}

function normalizeFallback(
  action: string,
  fallback: RedisRateLimiterFallback,
): { readonly share: number; readonly probeMs: number } {
  checkOptions(action, "fallback", fallback, FALLBACK_NAMES);
  const { share, probeMs = REDIS_RATE_LIMITER_DEFAULTS.fallback.probeMs } = fallback;
  return {
    share: checkNumber(action, "fallback.share", share, { above: 0, max: 1 }),
    probeMs: checkNumber(action, "fallback.probeMs", probeMs, ABOVE_0),
  };
}

function tiersOf(action: string, options: RedisKeyedRateLimiterOptions): Tier[] {
  const { tiers } = options;
  if (tiers === undefined) return [tierOf(action, "", options)];
  const single: { readonly ratePerSecond?: unknown; readonly burst?: unknown } = options;
  if (single.ratePerSecond !== undefined || single.burst !== undefined) {
    throw new TypeError(`Cannot ${action}: tiers must come without ratePerSecond and burst, got both`);
  }
  const isList: boolean = Array.isArray(tiers) && tiers.length > 0;
  if (!isList) throw new TypeError(`Cannot ${action}: tiers must be an array of at least one, got ${show(tiers)}`);
  return tiers.map((tier, index) => {
    const path = `tiers[${index}]`;
    return tierOf(action, `${path}.`, checkOptions(action, path, tier, TIER_NAMES));
  });
}

function tierOf(action: string, path: string, tier: RedisRateLimitTier): Tier {
  const { ratePerSecond, burst = REDIS_RATE_LIMITER_DEFAULTS.burst } = tier;
  checkNumber(action, `${path}ratePerSecond`, ratePerSecond, ABOVE_0);
  checkNumber(action, `${path}burst`, burst, { min: 1, max: Number.MAX_SAFE_INTEGER });
  if (burst / ratePerSecond <= LONGEST_FILL_SECONDS) return { ratePerSecond, burst };
  throw new RangeError(
    `Cannot ${action}: ${path}ratePerSecond must bring back ${burst} tokens within 30 years, got ${ratePerSecond}`,
  );
}
