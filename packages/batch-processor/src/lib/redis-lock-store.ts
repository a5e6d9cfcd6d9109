import { CoalescedScript, RedisConnection, redisKey, RedisUnavailableError, type RunGroup } from "@disp/redis";
import { exponentialBackoff, retry, type RetryPolicy } from "@disp/retry";
import { defaultLaneForKey } from "./default-lane-for-key.ts";
import type { ResolvedRedisKeyLockOptions } from "./redis-key-lock-options.ts";
import { ACQUIRE, LOCK_SCRIPT, readAcquired, type Refusal, RELEASE, RENEW } from "./redis-lock-script.ts";

/** How long a free key is kept for who is next: long enough for ten questions. */
const NEXT_MS = 250;
/** As long as the clock of the server steps back by less, tokens grow even if a namespace was not used in between. */
const KEEP_TOKEN_MS = 30 * 24 * 60 * 60 * 1_000;
const HALF_A_PAIR = /\p{Surrogate}/u;
const BACKOFF = exponentialBackoff({ initialMs: 5, multiplier: 2, maxMs: 100, jitter: "equal" });

/** Keys that live in one slot. */
interface Shard {
  readonly group: RunGroup;
  readonly start: string;
  readonly oddStart: string;
}

/** The keys in Redis, and what can be asked about them. All that is asked in one turn travels together, in its order. */
export class RedisLockStore {
  readonly #shards: readonly Shard[];
  readonly #script: CoalescedScript;
  readonly #renewals: CoalescedScript;
  readonly #awayMs: number;

  constructor({ connection, prefix, namespace, shards, leaseMs }: ResolvedRedisKeyLockOptions) {
    const { client, timeoutMs } = connection;
    this.#awayMs = Math.min(timeoutMs, leaseMs);
    this.#shards = Array.from({ length: shards }, (_, index) => {
      // The numbers stand last, so that no other namespace has the same tag; and who counts shards otherwise has other keys.
      const name = (part: string): string => redisKey(prefix, `${namespace}:${index}/${shards}`, part);
      const group = { sharedKeys: [name("token")], sharedArgs: [leaseMs, NEXT_MS, KEEP_TOKEN_MS] };
      return { group, start: name("key:"), oddStart: name("odd:") };
    });
    this.#script = new CoalescedScript({ connection, script: LOCK_SCRIPT });
    // One that hangs must leave time for another one.
    const patient = new RedisConnection({ client, timeoutMs: Math.min(timeoutMs, leaseMs / 3) });
    this.#renewals = new CoalescedScript({ connection: patient, script: LOCK_SCRIPT });
  }

  /** Milliseconds for which Redis may be away before somebody who waits is told so. */
  get awayMs(): number {
    return this.#awayMs;
  }

  /** @returns the token, or why there is none. */
  async acquire(key: string, me: string): Promise<number | Refusal> {
    return readAcquired(await this.#run(this.#script, key, ACQUIRE, me));
  }

  /** @returns whether the key is still held. */
  async renew(key: string, me: string): Promise<boolean> {
    return Number(await this.#run(this.#renewals, key, RENEW, me)) === 1;
  }

  /** Gives a key back, and the place of who is next, too. Tries again for a while when Redis is away. */
  async release(key: string, me: string): Promise<void> {
    await retry(() => this.#run(this.#script, key, RELEASE, me), { policy: untilTooLong(this.#awayMs) });
  }

  #run(script: CoalescedScript, key: string, deed: string, me: string): Promise<unknown> {
    const shard = this.#shards[defaultLaneForKey(key, this.#shards.length)];
    if (shard === undefined) throw new RangeError(`Cannot find ${key}: there must be a shard for it, got none`);
    // Half a surrogate pair has no UTF-8: all of them would become one key.
    const name = HALF_A_PAIR.test(key) ? shard.oddStart + JSON.stringify(key) : shard.start + key;
    return script.run(shard.group, name, [deed, me]);
  }
}

function untilTooLong(awayMs: number): RetryPolicy {
  const giveUpAt = performance.now() + awayMs;
  return {
    nextDelayMs(attempt, error) {
      const isAway = error instanceof RedisUnavailableError;
      return isAway && performance.now() < giveUpAt ? BACKOFF.nextDelayMs(attempt) : undefined;
    },
  };
}
