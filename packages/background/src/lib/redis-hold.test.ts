import { CoalescedScript, RedisConnection, RedisUnavailableError } from "@disp/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../tooling/with-redis.ts";
import { DEDUP_SCRIPT } from "./redis-dedup-script.ts";
import { type DedupShard, makeShards } from "./redis-dedup-shard.ts";
import { RedisHold } from "./redis-hold.ts";

const LONG = 60_000;

describeWithRedis("a hold in Redis", () => {
  let client: Redis;
  let script: CoalescedScript;
  let shard: DedupShard;

  beforeAll(() => {
    client = new Redis(redisUrl);
  });

  beforeEach(() => {
    const connection = new RedisConnection({ client, timeoutMs: 60_000 });
    script = new CoalescedScript({ connection, script: DEDUP_SCRIPT });
    [shard] = makeShards("test", uniqueName(), 1, "me.") as [DedupShard];
  });

  afterAll(() => client.disconnect());

  const hold = (number: number) => new RedisHold(script, shard.group, shard.keyFor("a"), number);
  const away = (reason: RedisUnavailableError["reason"]) => new RedisUnavailableError("EVALSHA", reason, "nothing");

  it("is itself once it has the key, and nothing while another one has it", async () => {
    const [first, second] = [hold(1), hold(2)];
    expect(await first.acquire(LONG)).toBe(first);
    expect(await second.acquire(LONG)).toBeUndefined();
    expect([await first.renew(LONG), await second.renew(LONG)]).toEqual([true, false]);
  });

  it("leaves the key taken for what remains, and can do nothing more with it", async () => {
    const first = hold(1);
    await first.acquire(2 * LONG);
    await first.release(LONG);
    await first.release(0);
    expect(await first.renew(LONG)).toBe(false);
    expect(await hold(2).acquire(LONG)).toBeUndefined();
    expect(await client.pttl(shard.keyFor("a"))).toBeLessThanOrEqual(LONG);
  });

  it("is taken back when its answer was lost, for it may have been given", async () => {
    const run = vi.spyOn(script, "run");
    for (const error of [away("timeout"), away("connection"), new Error("a client's own")]) {
      run.mockClear().mockImplementationOnce(async (group, key, args) => {
        await script.run(group, key, args);
        throw error;
      });
      await expect(hold(1).acquire(LONG)).rejects.toBe(error);
      // Asked for, carried out, taken back.
      expect(run).toHaveBeenCalledTimes(3);
      await run.mock.results[2]?.value;
      expect(await client.exists(shard.keyFor("a"))).toBe(0);
    }
  });

  it("is taken back once, and nobody hears of it when that fails", async () => {
    const run = vi.spyOn(script, "run").mockRejectedValue(away("timeout"));
    await expect(hold(1).acquire(LONG)).rejects.toMatchObject({ reason: "timeout" });
    await new Promise(setImmediate);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it("has nothing to take back from a server that could not serve", async () => {
    const run = vi.spyOn(script, "run").mockRejectedValue(away("server"));
    await expect(hold(1).acquire(LONG)).rejects.toMatchObject({ reason: "server" });
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("asks Redis for no time that is none", async () => {
    const run = vi.spyOn(script, "run");
    for (const ms of [-1, NaN, Infinity]) {
      await expect(hold(1).renew(ms)).rejects.toThrow("Cannot renew: ms must be");
      await expect(hold(1).release(ms)).rejects.toThrow("Cannot release: remainingMs must be");
    }
    expect(run).not.toHaveBeenCalled();
  });
});
