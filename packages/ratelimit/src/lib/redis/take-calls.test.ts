import { type CommandSender, RedisConnection, redisKey } from "@disp/redis";
import { Redis } from "ioredis";
import { afterAll, beforeEach, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../../tooling/with-redis.ts";
import type { Asker } from "./buckets.ts";
import { Limits } from "./limits.ts";
import type { Outcome } from "./outcome.ts";
import { TakeCalls } from "./take-calls.ts";

const HOURLY = 1 / 3_600;
const redis = new Redis(redisUrl, { lazyConnect: true });
afterAll(() => redis.disconnect());

let name: string;
beforeEach(() => void (name = uniqueName()));

/** Calls through a client that is counted, and may claim to be a cluster. */
function setUp({ isCluster = false, tiers = [{ ratePerSecond: HOURLY, burst: 3 }] } = {}) {
  const sent: string[][] = [];
  const client: CommandSender = {
    isCluster,
    send: (command, args) => {
      sent.push(args);
      return redis.call(command, args);
    },
  };
  const connection = new RedisConnection({ client, timeoutMs: 60_000 });
  const parts = tiers.map((_, tier) => String(tier));
  const calls = new TakeCalls(connection, new Limits(tiers), (key) => parts.map((part) => redisKey(name, key, part)));
  const ask = (start: (asker: Asker) => void) =>
    new Promise<{ outcome: Outcome; place: number; isGranted: boolean }>((resolve, reject) => {
      start({
        answer: (outcome, place) => resolve({ outcome, place, isGranted: place < outcome.granted }),
        fail: reject,
      });
    });
  return {
    take: (key: string, n = 1) => ask((asker) => calls.take(key, n, asker)),
    takeUpTo: (key: string, n: number, count: number) => ask((asker) => calls.takeUpTo(key, n, count, asker)),
    /** How many keys each call had. */
    loads: () => sent.filter(([sha]) => sha?.length === 40).map(([, keys]) => Number(keys)),
  };
}

/** So that no call is sent a second time, with its text. */
async function loadScript(): Promise<void> {
  await setUp().take("first");
}

describeWithRedis("what is asked for in one turn", { timeout: 0 }, () => {
  it("travels in one call, equal requests for a key as one", async () => {
    await loadScript();
    const { take, loads } = setUp();
    const answers = await Promise.all(["a", "a", "b", "a", "a", "a", "b"].map((key) => take(key)));
    expect(answers.map(({ isGranted }) => isGranted)).toEqual([true, true, true, true, false, false, true]);
    expect(loads()).toEqual([2]);
  });

  it("is done in the order in which it was asked for, whatever the numbers", async () => {
    const { take, takeUpTo } = setUp();
    const answers = await Promise.all([take("a", 1), take("a", 3), take("a", 1), takeUpTo("a", 1, 5), take("a", 1)]);
    expect(answers.map(({ outcome, place }) => [outcome.n, outcome.granted, place])).toEqual([
      [1, 1, 0],
      [3, 0, 0],
      [1, 1, 0],
      [1, 1, 0],
      [1, 0, 0],
    ]);
    expect(answers.map(({ outcome }) => outcome.remaining(0))).toEqual([2, 2, 1, 0, 0]);
    expect(answers[3].outcome.tickets).toEqual([expect.stringMatching(/^\d+ \S+ 3$/)]);
  });

  it("is kept to some hundred keys a call", async () => {
    await loadScript();
    const { take, loads } = setUp();
    const answers = await Promise.all(Array.from({ length: 1_100 }, (_, index) => take(`key ${index % 600}`)));
    expect(answers.every(({ isGranted }) => isGranted)).toBe(true);
    expect(Math.max(...loads())).toBe(250);
    expect(loads().length).toBeLessThanOrEqual(5);
  });

  it("brings several tiers along", async () => {
    await loadScript();
    const tiers = [
      { ratePerSecond: HOURLY, burst: 2 },
      { ratePerSecond: HOURLY / 2, burst: 5 },
    ];
    const { take, takeUpTo, loads } = setUp({ tiers });
    const [single, several, other] = await Promise.all([take("a"), takeUpTo("a", 1, 3), take("b")]);
    expect([single.outcome.granted, several.outcome.granted, other.outcome.granted]).toEqual([1, 1, 1]);
    expect(several.outcome.tickets).toHaveLength(2);
    expect([single.outcome.remaining(0), several.outcome.remaining(0)]).toEqual([1, 0]);
    expect(other.outcome.remaining(0)).toBe(1);
    expect(loads()).toEqual([6]);
  });

  it("travels in one call per slot of a cluster", async () => {
    await loadScript();
    const { take, loads } = setUp({ isCluster: true });
    await Promise.all(["a", "b", "a", "c", "b"].map((key) => take(key)));
    expect(loads()).toEqual([1, 1, 1]);
  });

  it("fails by itself where there is something else under its name", async () => {
    const { take, takeUpTo } = setUp();
    await redis.lpush(redisKey(name, "list", "0"), "no bucket");
    await redis.pexpire(redisKey(name, "list", "0"), 60_000);
    const results = await Promise.allSettled([
      take("a"),
      take("list"),
      take("list"),
      takeUpTo("list", 1, 2),
      take("b"),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "rejected", "fulfilled"]);
    expect((results[1] as PromiseRejectedResult).reason).toMatchObject({
      message: expect.stringMatching(
        /^Cannot take tokens: the key of "list" must hold a bucket, got .*WRONGTYPE/,
      ) as unknown,
    });
    expect((await take("a")).outcome.remaining(0)).toBe(1);
  });

  it("fails together when the call fails", async () => {
    const connection = new RedisConnection({ client: { send: () => Promise.reject(new Error("no connection")) } });
    const calls = new TakeCalls(connection, new Limits([{ ratePerSecond: 1, burst: 1 }]), (key) => [key]);
    const errors: unknown[] = [];
    for (const key of ["a", "a", "b"]) {
      calls.take(key, 1, { answer: () => {}, fail: (error) => errors.push((error as { code?: string }).code) });
    }
    await expect.poll(() => errors).toEqual(Array.from({ length: 3 }, () => "DISP_REDIS_UNAVAILABLE"));
  });
});
