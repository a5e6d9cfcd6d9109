import { defineScript, type RedisConnection } from "@disp/redis";
import type { DedupShard } from "./redis-dedup-shard.ts";

/**
 * Counts on by a step, and to a number at least. It gets no end: a count that began anew would come to the numbers of holds
 * that have ended.
 */
const RAISE = defineScript(
  `local generation = tonumber(redis.call("GET", KEYS[1]) or "0")
generation = math.max(generation + tonumber(ARGV[1]), tonumber(ARGV[2]))
redis.call("SET", KEYS[1], string.format("%.0f", generation))
return generation`,
  Number,
);

/**
 * Starts the next generation. The first shard gives its number, greater than that of any shard at the beginning: one that
 * has lost its number does not leave the others behind. The others are raised to it, unless somebody else has raised them
 * further in the meantime, which is as good. So it may be repeated, and several may do it at once.
 */
export async function raiseGeneration(connection: RedisConnection, shards: readonly DedupShard[]): Promise<number> {
  const [first, ...others] = shards.map(({ generationKey }) => generationKey);
  if (first === undefined) return 0;
  const seen = await Promise.all(others.map((key) => read(connection, key)));
  const next = await RAISE.run(connection, [first], [1, Math.max(0, ...seen) + 1]);
  await Promise.all(others.map((key) => RAISE.run(connection, [key], [0, next])));
  return next;
}

async function read(connection: RedisConnection, key: string): Promise<number> {
  return Number((await connection.send(["GET", key], { key })) ?? 0);
}
