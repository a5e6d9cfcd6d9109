import { RedisConnection } from "@disp/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../tooling/with-redis.ts";
import { type DedupShard, makeShards } from "./redis-dedup-shard.ts";
import { raiseGeneration } from "./redis-generation.ts";

describeWithRedis("the generation", () => {
  let client: Redis;
  let connection: RedisConnection;
  let shards: DedupShard[];

  beforeAll(() => {
    client = new Redis(redisUrl);
    connection = new RedisConnection({ client, timeoutMs: 60_000 });
  });

  beforeEach(() => {
    shards = makeShards("test", uniqueName(), 3, "me");
  });

  afterAll(() => client.disconnect());

  const keyOf = (index: number) => shards[index]?.generationKey ?? "";
  const numbers = () => client.mget(shards.map(({ generationKey }) => generationKey));

  it("is the same on all shards, and has no end", async () => {
    expect(await raiseGeneration(connection, shards)).toBe(1);
    expect(await raiseGeneration(connection, shards)).toBe(2);
    expect(await numbers()).toEqual(["2", "2", "2"]);
    for (const { generationKey } of shards) expect(await client.pttl(generationKey)).toBe(-1);
  });

  it("goes on from the highest where a shard has lost its number, the first one included", async () => {
    for (let count = 0; count < 10; count += 1) await raiseGeneration(connection, shards);
    await client.del(keyOf(0));
    expect(await raiseGeneration(connection, shards)).toBe(11);
    await client.del(keyOf(2));
    expect(await raiseGeneration(connection, shards)).toBe(12);
    expect(await numbers()).toEqual(["12", "12", "12"]);
  });

  it("never goes back, however many raise it at once", async () => {
    const raised = await Promise.all(Array.from({ length: 20 }, () => raiseGeneration(connection, shards)));
    expect(new Set(raised).size).toBe(20);
    const [first, ...others] = await numbers();
    expect(others).toEqual([first, first]);
    expect(Number(first)).toBe(Math.max(...raised));
  });

  it("is mended by the next time when it did not reach all shards", async () => {
    await raiseGeneration(connection, shards);
    await client.del(keyOf(1));
    await client.lpush(keyOf(1), "no number");
    await expect(raiseGeneration(connection, shards)).rejects.toThrow("WRONGTYPE");
    await client.del(keyOf(1));
    expect(await raiseGeneration(connection, shards)).toBe(2);
    expect(await numbers()).toEqual(["2", "2", "2"]);
  });

  it("keeps all its digits", async () => {
    await client.set(keyOf(0), "123456789012345");
    expect(await raiseGeneration(connection, shards.slice(0, 1))).toBe(123_456_789_012_346);
    expect(await client.get(keyOf(0))).toBe("123456789012346");
  });
});
