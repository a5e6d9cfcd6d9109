import { RedisConnection, type RedisConnectionOptions, redisKey } from "@disp/redis";
import type { Asker, RemoteBuckets } from "./buckets.ts";
import { GIVE_BACK_SCRIPT } from "./give-back-script.ts";
import type { Limits } from "./limits.ts";
import { PENALIZE_SCRIPT } from "./penalize-script.ts";
import { TakeCalls } from "./take-calls.ts";

const PROBE_TTL_MS = "1000";

/** Buckets in Redis: a key for each tier of each bucket. */
export class RedisBuckets implements RemoteBuckets {
  readonly #connection: RedisConnection;
  readonly #limits: Limits;
  readonly #prefix: string;
  /** The figures of a tier are part of its key: other figures are another limit, and do not misread what this one wrote. */
  readonly #parts: readonly string[];
  readonly #calls: TakeCalls;

  constructor({ client, timeoutMs }: RedisConnectionOptions, limits: Limits, prefix: string) {
    this.#connection = new RedisConnection({ client, timeoutMs });
    this.#limits = limits;
    this.#prefix = prefix;
    this.#parts = limits.tiers.map(({ ratePerSecond, burst }) => `${ratePerSecond}/s+${burst}`);
    this.#calls = new TakeCalls(this.#connection, limits, (key) => this.#keysOf(key));
  }

  take(key: string, n: number, asker: Asker): void {
    this.#calls.take(key, n, asker);
  }

  takeUpTo(key: string, n: number, count: number, asker: Asker): void {
    this.#calls.takeUpTo(key, n, count, asker);
  }

  async giveBack(key: string, tokens: number, tickets: readonly string[]): Promise<void> {
    const mark = redisKey(this.#prefix, key, `given-back:${crypto.randomUUID()}`);
    const keys = [...this.#keysOf(key), mark];
    try {
      await GIVE_BACK_SCRIPT.run(this.#connection, keys, [...this.#head(), tokens, ...tickets]);
    } catch {
      // The tokens are lost, which is as safe as if they had been used; whoever asks for tokens hears what is wrong.
    }
  }

  async penalize(key: string, ms: number): Promise<void> {
    const { quickest, tiers } = this.#limits;
    const tier = tiers[quickest];
    const name = this.#keysOf(key)[quickest];
    if (tier === undefined || name === undefined) return;
    const args = [1, tier.ratePerSecond, tier.burst, Math.ceil(ms * 1_000)];
    await PENALIZE_SCRIPT.run(this.#connection, [name], args);
  }

  async probe(key: string): Promise<void> {
    const name = redisKey(this.#prefix, key, "probe");
    await this.#connection.send(["SET", name, "1", "PX", PROBE_TTL_MS], { key: name });
  }

  async reset(key: string): Promise<void> {
    const keys = this.#keysOf(key);
    await this.#connection.send(["DEL", ...keys], { key: keys[0] });
  }

  #head(): (string | number)[] {
    const { tiers } = this.#limits;
    return [tiers.length, ...tiers.flatMap(({ ratePerSecond, burst }) => [ratePerSecond, burst])];
  }

  #keysOf(key: string): string[] {
    return this.#parts.map((part) => redisKey(this.#prefix, key, part));
  }
}
