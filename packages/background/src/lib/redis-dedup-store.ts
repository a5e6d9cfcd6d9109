import { checkNumber, show } from "@disp/options";
import { CoalescedScript, type RedisConnection } from "@disp/redis";
import type { DedupStore, Hold } from "./dedup-store.ts";
import { normalize, type RedisDedupStoreOptions } from "./redis-dedup-options.ts";
import { DEDUP_SCRIPT } from "./redis-dedup-script.ts";
import { type DedupShard, makeShards, shardIndex } from "./redis-dedup-shard.ts";
import { raiseGeneration } from "./redis-generation.ts";
import { RedisHold } from "./redis-hold.ts";

const MS = { min: 0 };

/**
 * Knows which keys are taken on all machines that share a Redis server or cluster. Choose it when several processes may be
 * asked for the same work; for one process there is the `MemoryDedupStore`, which asks nobody.
 *
 * All calls that are made in one turn of the event loop travel together, one call of a script for each shard, whether they
 * acquire, renew or release. Time is that of the server: clocks of machines need not agree.
 *
 * A key has at most one holder, as long as the server keeps what it was told. A failover to a replica that has not yet
 * heard of a hold, a restart without persistence, or an eviction loses it: the key is free then, its holder is told so when
 * it renews, and the same job may be done twice. If the number of the generation is lost, all holds have ended.
 *
 * **Ordering**: what is asked for in one turn is carried out in that order, up to 250 runs, as many as travel together.
 * Beyond that calls may overtake each other: await an answer that the next call depends on.
 *
 * **Fairness**: whose call comes first to the server gets the key. Nobody waits for one.
 *
 * **Closing**: nothing has to be closed but the client, by you. The store has no timer, and a hold that nobody renews ends
 * by itself at the server.
 *
 * Errors: a method rejects with a `RedisUnavailableError` (`@disp/redis`) when Redis does not answer in time. Whether it has
 * done what it was asked to is not known then: an acquire is taken back, once, if that can be sent within `timeoutMs`, and
 * otherwise its hold ends by itself; a release may not have happened; a bump may yet happen. Any other error comes from the
 * server or the client. A call that the client sends again after a lost connection does nothing twice, but a bump, which
 * may count two generations.
 *
 * @example
 * ```ts redis
 * import { RedisDedupStore } from "@disp/background/redis";
 * import { Redis } from "ioredis";
 *
 * const client = new Redis(process.env["REDIS_URL"] ?? "redis://localhost");
 * const here = new RedisDedupStore({ client, namespace: "example:reports" });
 * const there = new RedisDedupStore({ client, namespace: "example:reports" });
 *
 * const hold = await here.acquire("report", 5_000);
 * await there.acquire("report", 5_000); // => undefined
 * await hold?.release(0);
 * (await there.acquire("report", 1)) !== undefined; // => true
 * client.disconnect();
 * ```
 */
export class RedisDedupStore implements DedupStore {
  readonly #connection: RedisConnection;
  readonly #shards: readonly DedupShard[];
  readonly #script: CoalescedScript;
  /** How many holds were asked for. */
  #asked = 0;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: RedisDedupStoreOptions) {
    const { connection, namespace, prefix, shards } = normalize(options);
    this.#connection = connection;
    this.#shards = makeShards(prefix, namespace, shards, newOwner());
    this.#script = new CoalescedScript({ connection, script: DEDUP_SCRIPT });
  }

  /**
   * Takes a key, if it is free.
   *
   * @param key - Any string.
   * @param holdMs - Milliseconds, rounded up to whole ones.
   * @returns The hold, or undefined when somebody has it.
   * @throws RedisUnavailableError, as a rejection, when Redis does not answer; TypeError or RangeError when `key` is no
   * string or `holdMs` no number of at least 0.
   */
  acquire(key: string, holdMs: number): Promise<Hold | undefined> {
    try {
      if (typeof key !== "string") throw new TypeError(`Cannot acquire: key must be a string, got ${show(key)}`);
      checkNumber("acquire", "holdMs", holdMs, MS);
    } catch (error) {
      return Promise.reject(error);
    }
    const shard = this.#shards[shardIndex(key, this.#shards.length)] as DedupShard;
    const hold = new RedisHold(this.#script, shard.group, shard.keyFor(key), this.#asked);
    this.#asked += 1;
    return hold.acquire(holdMs);
  }

  /**
   * Starts the next generation of the namespace: all keys are free, and all holds taken before have ended. The number of
   * the generation is the one thing that is kept in Redis for ever.
   *
   * With several shards it takes three round trips. When it rejects, the keys of some of them may be free and others not:
   * a repeated call mends it.
   *
   * @returns The number of the new generation.
   * @throws RedisUnavailableError, as a rejection, when Redis does not answer.
   */
  bumpGeneration(): Promise<number> {
    return raiseGeneration(this.#connection, this.#shards);
  }
}

/** Tells the holds of this store from those of all others, anywhere. */
function newOwner(): string {
  const random = crypto.getRandomValues(new Uint32Array(3));
  // Short, since it is in the value of each key.
  return `${Array.from(random, (word) => word.toString(36)).join("")}.`;
}
