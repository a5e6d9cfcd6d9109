import { BackgroundProcessor } from "@disp/background";
import { RedisDedupStore } from "@disp/background/redis";
import { Redis } from "ioredis";
import { setTimeout as pass } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../tooling/with-redis.ts";
import { CLIENTS, type Connected } from "../../../../tooling/redis-clients.ts";
import { setUpJobs } from "../../test/redis-jobs.ts";

/** Longer than any test. */
const LONG = 60_000;
const HOUR = 3_600_000;

describeWithRedis("processors that share keys in Redis", () => {
  let direct: Redis;
  let namespace: string;

  beforeAll(() => {
    direct = new Redis(redisUrl);
  });

  beforeEach(() => {
    namespace = uniqueName();
  });

  afterAll(() => direct.disconnect());

  const ttl = (key: string) => direct.pttl(`disp:dedup:{${namespace}:0}:key:${key}`);

  it("are told yes and no by a client that brings numbers as strings, too", async () => {
    const client = new Redis(redisUrl, { stringNumbers: true });
    const store = new RedisDedupStore({ client, namespace, timeoutMs: LONG });
    const hold = await store.acquire("a", LONG);
    expect(hold).toBeDefined();
    expect(await store.acquire("a", LONG)).toBeUndefined();
    expect(await hold?.renew(LONG)).toBe(true);
    await hold?.release(0);
    expect(await hold?.renew(LONG)).toBe(false);
    client.disconnect();
  });

  describe.each(Object.entries(CLIENTS))("through %s", (_, connect) => {
    let connected: Connected;

    beforeAll(async () => {
      connected = await connect(redisUrl);
    });

    afterAll(() => connected.close());

    const store = (options: object = {}) =>
      new RedisDedupStore({ client: connected.client, namespace, timeoutMs: LONG, ...options });

    it("do a job once", async () => {
      const [here, there] = [setUpJobs(store()), setUpJobs(store())];
      expect(await here.schedule("a", HOUR)).toBe("scheduled");
      expect(await there.schedule("a", HOUR)).toBe("held");
      await here.finishAll();
      expect(await there.schedule("a", HOUR)).toBe("held");
      expect(await here.schedule("a", HOUR)).toBe("held");
      expect([here.started, there.started]).toEqual([["a"], []]);
    });

    it("free a key when its job is over, if it has no hold beyond", async () => {
      const [here, there] = [setUpJobs(store()), setUpJobs(store())];
      await here.schedule("a");
      await here.finishAll();
      expect(await there.schedule("a")).toBe("scheduled");
      await there.finishAll();
      expect(await ttl("a")).toBe(-2);
    });

    it("do not release the hold of another one when their own has ended", async () => {
      const [here, there] = [setUpJobs(store()), setUpJobs(store())];
      await here.schedule("a", 1);
      await direct.del(`disp:dedup:{${namespace}:0}:key:a`);
      expect(await there.schedule("a", HOUR)).toBe("scheduled");
      await here.finishAll();
      expect(await ttl("a")).toBeGreaterThan(HOUR - LONG);
      expect(await setUpJobs(store()).schedule("a")).toBe("held");
    });

    it("leave no hold behind without a job, when they refuse what they know to be a duplicate", async () => {
      const [here, there] = [setUpJobs(store()), setUpJobs(store())];
      await here.schedule("a");
      expect(await here.schedule("a", HOUR)).toBe("running");
      await here.finishAll();
      expect(await there.schedule("a")).toBe("scheduled");
    });

    it("do not write into the generation after a bump what they began before", async () => {
      const [here, there] = [setUpJobs(store()), setUpJobs(store())];
      await here.schedule("a", HOUR);
      expect(await store().bumpGeneration()).toBe(1);
      await here.finishAll();
      expect(await there.schedule("a")).toBe("scheduled");
    });

    it("are not kept by a bump from their own keys, those in line included", async () => {
      const here = setUpJobs(store());
      await here.schedule("running", HOUR);
      await here.schedule("queued", HOUR);
      expect(await here.processor.bumpGeneration()).toBe(1);
      expect(await here.schedule("running", HOUR)).toBe("scheduled");
      expect(await here.schedule("queued", HOUR)).toBe("scheduled");
    });

    it("share neither keys nor bumps with those of another namespace or prefix", async () => {
      await store().acquire("a", LONG);
      for (const other of [store({ namespace: `${namespace}:0` }), store({ prefix: "test:dedup" })]) {
        expect(await other.bumpGeneration()).toBe(1);
        expect(await other.acquire("a", LONG)).toBeDefined();
      }
      expect(await store().acquire("a", LONG)).toBeUndefined();
    });

    it("hold keys for less than a second and for longer than half a day", async () => {
      await store().acquire("short", 300.5);
      await store().acquire("long", 13 * HOUR + 0.5);
      expect(await ttl("short")).toBeLessThanOrEqual(301);
      expect(await ttl("long")).toBeGreaterThan(13 * HOUR - LONG);
      expect(await ttl("long")).toBeLessThanOrEqual(13 * HOUR + 1);
    });

    it("hold keys for what remains, fractions of a millisecond rounded up", async () => {
      await (await store().acquire("less", HOUR))?.release(0.25);
      expect(await ttl("less")).toBeLessThanOrEqual(1);
      await (await store().acquire("more", LONG))?.release(HOUR + 0.5);
      expect(await ttl("more")).toBeGreaterThan(HOUR - LONG);
      const hold = await store().acquire("renewed", LONG);
      expect(await hold?.renew(HOUR + 0.5)).toBe(true);
      expect(await ttl("renewed")).toBeGreaterThan(HOUR - LONG);
      expect(await ttl("renewed")).toBeLessThanOrEqual(HOUR + 1);
    });

    it("give and take in the order in which they are told to within one turn", async () => {
      const one = store();
      const hold = await one.acquire("a", LONG);
      const [, next, nobody] = await Promise.all([hold?.release(0), one.acquire("a", LONG), one.acquire("a", LONG)]);
      expect([next === undefined, nobody === undefined]).toEqual([false, true]);
      expect(await Promise.all([next?.renew(LONG), next?.release(0), next?.renew(LONG)])).toEqual([
        true,
        undefined,
        false,
      ]);
    });

    it("take back what they were given by a call that failed halfway", async () => {
      const foreign = `disp:dedup:{${namespace}:0}:key:foreign`;
      await direct.rpush(foreign, "no hold");
      await direct.pexpire(foreign, LONG);
      const one = store();
      const outcomes = await Promise.allSettled([one.acquire("a", LONG), one.acquire("foreign", LONG)]);
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
      expect(await store().acquire("a", LONG)).toBeDefined();
    });

    it("keep apart keys that differ by half a surrogate pair", async () => {
      const keys = ["\ud83d", "\ud83e", "\ufffd", '"\\ud83d"'];
      for (const key of keys) expect(await store().acquire(key, LONG)).toBeDefined();
      for (const key of keys) expect(await store().acquire(key, LONG)).toBeUndefined();
    });

    it("see all holds end, and only that, when the generation is lost", async () => {
      const one = store();
      await one.bumpGeneration();
      const [owned, idle] = [await one.acquire("owned", LONG), await one.acquire("idle", LONG)];
      await direct.del(`disp:dedup:{${namespace}:0}:generation`);
      expect(await owned?.renew(LONG)).toBe(false);
      const next = await store().acquire("owned", LONG);
      await owned?.release(0);
      await idle?.release(LONG);
      expect(await next?.renew(LONG)).toBe(true);
      expect(await store().acquire("idle", LONG)).toBeDefined();
      expect(await one.bumpGeneration()).toBe(1);
    });

    it("find the same shard for a key, and bump all shards at once", async () => {
      const [here, there] = [store({ shards: 5 }), store({ shards: 5 })];
      const keys = Array.from({ length: 100 }, (_unused, index) => `key ${index}`);
      const acquireAll = async (from: RedisDedupStore) =>
        (await Promise.all(keys.map((key) => from.acquire(key, LONG)))).filter((hold) => hold !== undefined).length;
      expect([await acquireAll(here), await acquireAll(there)]).toEqual([100, 0]);
      expect(await there.bumpGeneration()).toBe(1);
      expect([await acquireAll(here), await acquireAll(there)]).toEqual([100, 0]);
    });

    it("refuse what is no key and no time, without a word to Redis", async () => {
      const one = store();
      await expect(one.acquire(7 as never, 1)).rejects.toThrow("Cannot acquire: key must be a string, got 7");
      await expect(one.acquire("a", -1)).rejects.toThrow("Cannot acquire: holdMs must be a number >= 0, got -1");
      await expect(one.acquire("a", Infinity)).rejects.toThrow(RangeError);
      const hold = await one.acquire("a", LONG);
      await expect(hold?.renew(NaN)).rejects.toThrow("Cannot renew: ms must be a number >= 0, got NaN");
      await expect(hold?.release("1" as never)).rejects.toThrow("Cannot release: remainingMs must be a number >= 0");
      expect(await hold?.renew(LONG)).toBe(true);
    });

    it("renew what lasts longer than its lease", async () => {
      const here = setUpJobs(store(), { leaseMs: 1_500 });
      await here.schedule("a");
      // Real time has to pass, since the server counts it: two leases.
      await pass(3_000);
      expect(await store().acquire("a", LONG)).toBeUndefined();
      await here.finishAll();
      expect(await store().acquire("a", LONG)).toBeDefined();
    });
  });

  it("tell a key that is taken from a server that is away", async () => {
    const away = new Redis({ lazyConnect: true, port: 1, retryStrategy: () => null });
    away.on("error", () => {});
    const dedup = new RedisDedupStore({ client: away, namespace });
    const processor = new BackgroundProcessor<string>({ process: () => {}, dedup, whenStoreFails: "refuse" });
    expect(await processor.schedule("a", "a")).toEqual({ scheduled: false, reason: "store-unavailable" });
    await expect(dedup.bumpGeneration()).rejects.toMatchObject({ code: "DISP_REDIS_UNAVAILABLE" });
    away.disconnect();
  });
});
