import { checkNumber, checkOptions, checkText, NOT_EMPTY, type OptionNames } from "@disp/options";
import { type RedisClient, RedisConnection } from "@disp/redis";

/** Options of a `RedisKeyLock`. Locks share their keys if `namespace`, `prefix` and `shards` are the same. */
export interface RedisKeyLockOptions {
  /** A client of ioredis or node-redis, for one server or for a cluster, made and closed by you. */
  readonly client: RedisClient;
  /**
   * Names the kind of things that the keys stand for, such as `"accounts"`: processors of other things do not lock their keys.
   * Any string but the empty one.
   */
  readonly namespace: string;
  /**
   * What the names of all keys in Redis begin with. No braces.
   *
   * @defaultValue "disp:lock"
   */
  readonly prefix?: string | undefined;
  /**
   * Milliseconds, at least 1 and rounded up to whole ones, that a lease lasts unless it is renewed, which is done each third
   * of it. It is how long a key stays locked when its holder dies, and how long Redis may be away, or the event loop may
   * stand still, before a lease is lost. The same for all who share the keys, best.
   *
   * @defaultValue 10_000
   */
  readonly leaseMs?: number | undefined;
  /**
   * Milliseconds, greater than 0, within which Redis must answer, connecting included; Infinity = no limit. Keep twice of it
   * below `maxDurationMs` of the processor, for it may be tried twice: else runs say that they had no lock in time, and not that
   * Redis is away.
   *
   * @defaultValue 400
   */
  readonly timeoutMs?: number | undefined;
  /**
   * In how many parts the keys are kept, from 1 to 1,024. A part lives on one node of a cluster; so take more than one, say
   * four for each node, when one node is not fast enough. It must be the same for all who share the keys: those with another
   * number have locks of their own.
   *
   * @defaultValue 1
   */
  readonly shards?: number | undefined;
  /**
   * The longest pause in milliseconds, at least 1, before a key that somebody else has is asked for again. Pauses begin with
   * 5 ms, grow twofold, are spread by chance, and end with the lease of the holder; who is next waits 25 ms at most.
   *
   * @defaultValue 100
   */
  readonly retryMs?: number | undefined;
}

/** What a `RedisKeyLock` does when it is told nothing. */
export const REDIS_KEY_LOCK_DEFAULTS: {
  readonly [Name in Exclude<keyof RedisKeyLockOptions, "client" | "namespace">]-?: NonNullable<
    RedisKeyLockOptions[Name]
  >;
} = Object.freeze({
  prefix: "disp:lock",
  leaseMs: 10_000,
  timeoutMs: 400,
  shards: 1,
  retryMs: 100,
});

/** Options as the lock uses them. */
export interface ResolvedRedisKeyLockOptions {
  readonly connection: RedisConnection;
  readonly namespace: string;
  readonly prefix: string;
  /** Whole milliseconds. */
  readonly leaseMs: number;
  readonly shards: number;
  readonly retryMs: number;
}

const ACTION = "create a RedisKeyLock";
const MOST_SHARDS = 1_024;
/** A brace would put the keys of all namespaces into one slot. */
const NO_BRACES = { rule: "a string without braces", pattern: /^[^{}]*$/u };
/** Far from where microseconds lose their precision. */
const LONGEST_LEASE_MS = 2 ** 31 - 1;

const NAMES: OptionNames<RedisKeyLockOptions> = {
  client: true,
  namespace: true,
  prefix: true,
  leaseMs: true,
  timeoutMs: true,
  shards: true,
  retryMs: true,
};

export function normalize(options: RedisKeyLockOptions): ResolvedRedisKeyLockOptions {
  const defaults = REDIS_KEY_LOCK_DEFAULTS;
  const { client, namespace, prefix = defaults.prefix } = checkOptions(ACTION, "options", options, NAMES);
  const { leaseMs = defaults.leaseMs, timeoutMs = defaults.timeoutMs } = options;
  const { shards = defaults.shards, retryMs = defaults.retryMs } = options;
  checkNumber(ACTION, "timeoutMs", timeoutMs, { above: 0, orInfinity: true });
  return {
    namespace: checkText(ACTION, "namespace", namespace, NOT_EMPTY),
    prefix: checkText(ACTION, "prefix", prefix, NO_BRACES),
    leaseMs: Math.ceil(checkNumber(ACTION, "leaseMs", leaseMs, { min: 1, max: LONGEST_LEASE_MS })),
    shards: checkNumber(ACTION, "shards", shards, { whole: true, min: 1, max: MOST_SHARDS }),
    retryMs: checkNumber(ACTION, "retryMs", retryMs, { min: 1 }),
    connection: new RedisConnection({ client, timeoutMs }),
  };
}
