import { Redis } from "ioredis";
import { afterAll, beforeEach, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../../tooling/with-redis.ts";
import { Limits } from "./limits.ts";
import type { Outcome } from "./outcome.ts";
import { RedisBuckets } from "./redis-buckets.ts";

const client = new Redis(redisUrl, { lazyConnect: true });
afterAll(() => client.disconnect());

let name: string;
beforeEach(() => void (name = uniqueName()));

const LIMITS = new Limits([
  { ratePerSecond: 1 / 3_600, burst: 5 },
  { ratePerSecond: 0.5, burst: 2 },
]);

function setUp(limits = LIMITS) {
  const buckets = new RedisBuckets({ client, timeoutMs: 60_000 }, limits, name);
  const takeUpTo = (key: string, n: number, count: number) =>
    new Promise<Outcome>((resolve, reject) => buckets.takeUpTo(key, n, count, { answer: resolve, fail: reject }));
  const keys = (key: string) => limits.tiers.map((tier) => `${name}:{${key}}:${tier.ratePerSecond}/s+${tier.burst}`);
  return { buckets, takeUpTo, keys };
}

describeWithRedis("buckets in Redis", { timeout: 0 }, () => {
  it("have a key for each tier, named by its figures, of one slot, with an end", async () => {
    const { takeUpTo, keys } = setUp();
    await takeUpTo("ann", 1, 1);
    for (const key of keys("ann")) expect(await client.pttl(key)).toBeGreaterThan(0);
  });

  it("do not misread what limits with other figures wrote, and share what those with the same wrote", async () => {
    const { takeUpTo } = setUp();
    expect((await takeUpTo("ann", 1, 9)).granted).toBe(2);
    const other = setUp(new Limits([{ ratePerSecond: 0.5, burst: 3 }]));
    expect((await other.takeUpTo("ann", 1, 9)).granted).toBe(3);
    const same = setUp(new Limits([{ ratePerSecond: 1 / 3_600, burst: 5 }]));
    expect((await same.takeUpTo("ann", 1, 9)).granted).toBe(3);
  });

  it("take tokens back, and leave nothing without an end behind", async () => {
    const { buckets, takeUpTo } = setUp();
    const { tickets = [] } = await takeUpTo("ann", 1, 2);
    await buckets.giveBack("ann", 2, tickets);
    expect((await takeUpTo("ann", 1, 9)).granted).toBe(2);
    const found = await client.keys(`${name}:*`);
    for (const key of found) expect(await client.pttl(key)).toBeGreaterThan(0);
  });

  it("are penalized where it is soonest over, and reset whole", async () => {
    const { buckets, takeUpTo, keys } = setUp();
    await buckets.penalize("ann", 60_000);
    expect(await client.exists(keys("ann")[0] as string)).toBe(0);
    const denied = await takeUpTo("ann", 1, 1);
    expect([denied.granted, denied.delayMs(1) > 50_000]).toEqual([0, true]);
    await buckets.reset("ann");
    expect((await takeUpTo("ann", 1, 9)).granted).toBe(2);
  });

  it("are probed with something that is written, of the slot of the key, with an end", async () => {
    const { buckets } = setUp();
    await buckets.probe("ann");
    const found = await client.keys(`${name}:{ann}:*`);
    expect(found).toHaveLength(1);
    expect(await client.pttl(found[0] as string)).toBeGreaterThan(0);
  });

  it("are one for each key, half a surrogate pair too", async () => {
    const { takeUpTo } = setUp();
    const keys = ["\ud800", "\ud801", "\udc00", "\ufffd", "%D800", '"\\ud800"'];
    for (const key of keys) expect((await takeUpTo(key, 1, 9)).granted).toBe(2);
  });

  it("lose what cannot be given back, without a word", async () => {
    const nowhere = { send: () => Promise.reject(new Error("no connection")) };
    const buckets = new RedisBuckets({ client: nowhere }, LIMITS, name);
    await expect(buckets.giveBack("ann", 1, ["1 1", "1 1"])).resolves.toBeUndefined();
    await expect(buckets.probe("ann")).rejects.toMatchObject({ code: "DISP_REDIS_UNAVAILABLE" });
    await expect(buckets.reset("ann")).rejects.toMatchObject({ code: "DISP_REDIS_UNAVAILABLE" });
  });
});
