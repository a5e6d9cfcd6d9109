import { setTimeout as passes } from "node:timers/promises";
import { RedisKeyLock, type RedisKeyLockOptions } from "@disp/batch-processor/redis";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { follow } from "../../../tooling/observe.ts";
import { describeWithRedis, redisUrl, uniqueName } from "../../../tooling/with-redis.ts";
import { describeKeyLock } from "./key-lock.contract.ts";
import { CLIENTS, type Connected } from "../../../tooling/redis-clients.ts";

/** Nothing here may end by itself. */
const LONG_MS = 60_000;

let admin: Redis;

beforeAll(() => {
  admin = new Redis(redisUrl, { lazyConnect: true });
});

afterAll(() => admin.disconnect());

const keyName = (namespace: string, key: string) => `disp:lock:{${namespace}:0/1}:key:${key}`;
const tokenName = (namespace: string) => `disp:lock:{${namespace}:0/1}:token`;

describeWithRedis.each(Object.entries(CLIENTS))("a RedisKeyLock through %s", { timeout: 0 }, (_, connect) => {
  describeKeyLock("RedisKeyLock", async () => {
    const { client, close } = await connect(redisUrl);
    const namespace = uniqueName();
    const options = { client, namespace, leaseMs: 2_400, timeoutMs: LONG_MS };
    return {
      lock: () => new RedisKeyLock(options),
      async lose(key) {
        await admin.del(keyName(namespace, key));
      },
      close,
    };
  });

  describe("with keys of its own", () => {
    let connected: Connected;
    let namespace: string;
    let make: (options?: Partial<RedisKeyLockOptions>) => RedisKeyLock;

    beforeEach(async () => {
      connected = await connect(redisUrl);
      namespace = uniqueName();
      const usual = { client: connected.client, namespace, leaseMs: LONG_MS, timeoutMs: LONG_MS };
      make = (options) => new RedisKeyLock({ ...usual, ...options });
    });

    afterEach(() => connected.close());

    it("keeps one key in Redis while it is held, and then one for the whole namespace", async () => {
      const lease = await make().acquire("a");
      expect((await admin.keys(`*${namespace}*`)).sort()).toEqual([keyName(namespace, "a"), tokenName(namespace)]);
      const px = await admin.pttl(keyName(namespace, "a"));
      expect(px > 0 && px <= LONG_MS + 1_001).toBe(true);
      await lease.release();
      expect(await admin.keys(`*${namespace}*`)).toEqual([tokenName(namespace)]);
      expect(await admin.pttl(tokenName(namespace))).toBeGreaterThan(29 * 24 * 3_600 * 1_000);
    });

    it("has tokens that are microseconds of the server", async () => {
      const time = async (): Promise<number> => {
        const [seconds, microseconds] = await admin.time();
        return Number(seconds) * 1e6 + Number(microseconds);
      };
      const before = await time();
      const { token } = await make().acquire("a");
      expect(token).toBeGreaterThanOrEqual(before);
      expect(token).toBeLessThanOrEqual(await time());
    });

    it("has tokens that grow when the clock was set back, and when Redis has lost the last one", async () => {
      const lock = make();
      const first = await lock.acquire("a");
      await first.release();
      const ahead = first.token + 3_600e6;
      await admin.set(tokenName(namespace), String(ahead));
      const second = await lock.acquire("a");
      expect(second.token).toBe(ahead + 1);
      await second.release();
      await admin.del(tokenName(namespace));
      const third = await lock.acquire("a");
      expect(third.token).toBeGreaterThan(first.token);
    });

    it("gives different tokens to keys that are taken in one call", async () => {
      const lock = make();
      const leases = await Promise.all(Array.from({ length: 1_000 }, (_, index) => lock.acquire(`${index}`)));
      expect(new Set(leases.map(({ token }) => token)).size).toBe(1_000);
      await Promise.all(leases.map((lease) => lease.release()));
      expect(await admin.keys(`*${namespace}*`)).toEqual([tokenName(namespace)]);
    });

    it("is free after the lease of a holder that does not renew it, and not before", async () => {
      const leaseMs = 400;
      // A holder that dies: it asks once, and nobody renews.
      const dead = new Redis(redisUrl);
      const begin = performance.now();
      await new RedisKeyLock({ client: dead, namespace, leaseMs, timeoutMs: LONG_MS }).acquire("a");
      dead.disconnect();
      const next = await make().acquire("a");
      expect(performance.now() - begin).toBeGreaterThanOrEqual(leaseMs);
      expect(next.isHeld).toBe(true);
    });

    it("renews what is held for as long as it is held, and no longer", async () => {
      const leaseMs = 900;
      const lock = make({ leaseMs });
      const leases = await Promise.all(["a", "b", "c"].map((key) => lock.acquire(key)));
      const other = follow(make().acquire("a"));
      // Three leases long: what the test is about.
      await passes(3 * leaseMs);
      expect([leases.map(({ isHeld }) => isHeld), other.state]).toEqual([[true, true, true], "pending"]);
      await Promise.all(leases.map((lease) => lease.release()));
      await make().acquire("b");
    });

    it("is lost when the event loop stands still for longer than the lease, before any timer can tell", async () => {
      const leaseMs = 100;
      const lock = make({ leaseMs });
      const lease = await lock.acquire("a");
      const told = new Promise<void>((resolve) => {
        lease.onLost(resolve);
      });
      for (const end = performance.now() + leaseMs + 20; performance.now() < end; );
      expect(lease.isHeld).toBe(false);
      await told;
      const next = await lock.acquire("a");
      expect(next.token).toBeGreaterThan(lease.token);
      expect(lease.isHeld).toBe(false);
    });

    it("takes turns with another process that wants the same key all the time", async () => {
      const [greedy, modest] = [make(), make()];
      const manyTurns = 20_000;
      let greedyTurns = 0;
      let isOver = false;
      const greed = async (): Promise<void> => {
        for (; !isOver && greedyTurns < manyTurns; greedyTurns += 1) await (await greedy.acquire("a")).release();
      };
      // Two of them: the one always waits when the other gives the key back, and asks in the same call.
      const greeds = Promise.all([greed(), greed()]);
      for (let turn = 0; turn < 20; turn += 1) await (await modest.acquire("a")).release();
      isOver = true;
      await greeds;
      expect(greedyTurns).toBeLessThan(manyTurns);
    });

    it("does not keep a key for somebody who has left", async () => {
      const [here, there] = [make(), make({ retryMs: 1 })];
      const lease = await here.acquire("a");
      const abort = new AbortController();
      const waiting = there.acquire("a", { signal: abort.signal });
      // It is next as soon as it was refused once.
      while (!(await admin.get(keyName(namespace, "a")))?.match(/^\S+ \d+ [^-]/)) await passes(1);
      abort.abort();
      await expect(waiting).rejects.toBe(abort.signal.reason);
      while ((await admin.get(keyName(namespace, "a")))?.match(/^\S+ \d+ [^-]/)) await passes(1);
      await lease.release();
      expect(await admin.get(keyName(namespace, "a"))).toBeNull();
    });

    it("shares its keys with the same namespace, prefix and shards, and with nobody else", async () => {
      const lock = make({ shards: 4 });
      const keys = Array.from({ length: 40 }, (_, index) => `${index}`);
      const leases = await Promise.all(keys.map((key) => lock.acquire(key)));
      const tags = (await admin.keys(`*${namespace}*key*`)).map((name) => /\{.*\}/.exec(name)?.[0]);
      expect(new Set(tags).size).toBe(4);
      const others = [
        make(),
        make({ shards: 4, namespace: `${namespace}:0` }),
        make({ shards: 4, prefix: "disp:other" }),
      ];
      for (const other of others) await (await other.acquire("1")).release();
      const same = follow(make({ shards: 4 }).acquire("1"));
      await admin.ping();
      expect(same.state).toBe("pending");
      await Promise.all(leases.map((lease) => lease.release()));
    });

    it("knows keys that have no UTF-8 from each other", async () => {
      const lock = make();
      const keys = ["\ud800", "\udfff", '"\\ud800"', "\ufffd"];
      const leases = await Promise.all(keys.map((key) => lock.acquire(key)));
      expect(leases.every(({ isHeld }) => isHeld)).toBe(true);
      await Promise.all(leases.map((lease) => lease.release()));
    });

    it("bears a value of another kind in the place of a key", async () => {
      await admin.lpush(keyName(namespace, "b"), "a list");
      const lock = make();
      const leases = await Promise.all(["a", "b"].map((key) => lock.acquire(key)));
      expect(leases.every(({ isHeld }) => isHeld)).toBe(true);
      await Promise.all(leases.map((lease) => lease.release()));
    });

    it("says what the server says when that is no absence", async () => {
      await admin.lpush(tokenName(namespace), "a list");
      await expect(make().acquire("a")).rejects.toThrow("WRONGTYPE");
      await admin.del(tokenName(namespace));
      await (await make().acquire("a")).release();
    });

    it("survives SCRIPT FLUSH", async () => {
      const lock = make({ leaseMs: 900 });
      const lease = await lock.acquire("a");
      await admin.script("FLUSH");
      // Renewed twice at least.
      await passes(900);
      await admin.script("FLUSH");
      expect(lease.isHeld).toBe(true);
      await lease.release();
      await admin.script("FLUSH");
      await (await lock.acquire("a")).release();
    });
  });
});
