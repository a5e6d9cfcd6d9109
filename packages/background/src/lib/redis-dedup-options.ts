import { checkNumber, checkOptions, checkText, NOT_EMPTY, type OptionNames } from "@disp/options";
import { REDIS_CONNECTION_DEFAULTS, type RedisClient, RedisConnection } from "@disp/redis";

/** Options of a `RedisDedupStore`. Stores share their keys if `namespace`, `prefix` and `shards` are the same. */
export interface RedisDedupStoreOptions {
  /** A client of ioredis or node-redis, for one server or for a cluster, made and closed by you. */
  readonly client: RedisClient;
  /** Names the kind of work, such as `"thumbnails"`: each has keys and generations of its own. Any string but the empty one. */
  readonly namespace: string;
  /**
   * What the names of all keys in Redis begin with. No braces.
   *
   * @defaultValue "disp:dedup"
   */
  readonly prefix?: string | undefined;
  /**
   * Milliseconds, greater than 0, within which Redis must answer, connecting included; Infinity = no limit.
   *
   * @defaultValue 1_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * In how many parts the keys are kept, from 1 to 1,024. A part lives on one node of a cluster; so take more than one, say
   * four for each node, when one node is not fast enough. It must be the same for all, and never change while holds last.
   *
   * @defaultValue 1
   */
  readonly shards?: number | undefined;
}

/** What a `RedisDedupStore` does when it is told nothing. */
export const REDIS_DEDUP_DEFAULTS: {
  readonly [Name in "prefix" | "timeoutMs" | "shards"]: NonNullable<RedisDedupStoreOptions[Name]>;
} = Object.freeze({ prefix: "disp:dedup", timeoutMs: REDIS_CONNECTION_DEFAULTS.timeoutMs, shards: 1 });

/** Options as the store uses them. */
export interface ResolvedRedisDedupOptions {
  readonly connection: RedisConnection;
  readonly namespace: string;
  readonly prefix: string;
  readonly shards: number;
}

const ACTION = "create a RedisDedupStore";
const MOST_SHARDS = 1_024;
/** A brace would put the keys of all namespaces into one slot. */
const NO_BRACES = { rule: "a string without braces", pattern: /^[^{}]*$/u };

const NAMES: OptionNames<RedisDedupStoreOptions> = {
  client: true,
  namespace: true,
  prefix: true,
  timeoutMs: true,
  shards: true,
};

export function normalize(options: RedisDedupStoreOptions): ResolvedRedisDedupOptions {
  const defaults = REDIS_DEDUP_DEFAULTS;
  const { client, namespace, prefix = defaults.prefix } = checkOptions(ACTION, "options", options, NAMES);
  const { timeoutMs = defaults.timeoutMs, shards = defaults.shards } = options;
  return {
    namespace: checkText(ACTION, "namespace", namespace, NOT_EMPTY),
    prefix: checkText(ACTION, "prefix", prefix, NO_BRACES),
    shards: checkNumber(ACTION, "shards", shards, { whole: true, min: 1, max: MOST_SHARDS }),
    connection: new RedisConnection({ client, timeoutMs: checkTimeout(timeoutMs) }),
  };
}

function checkTimeout(timeoutMs: number): number {
  return checkNumber(ACTION, "timeoutMs", timeoutMs, { above: 0, orInfinity: true });
}
