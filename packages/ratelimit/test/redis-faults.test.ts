import { RedisConnection, type RedisUnavailableError } from "@disp/redis";
import { RedisKeyedRateLimiter, RedisRateLimiter } from "@disp/ratelimit/redis";
import { afterEach, describe, expect, it } from "vitest";
import { type RedisServer, startRedis } from "../../../tooling/redis-server.ts";
import { startTcpProxy } from "../../../tooling/tcp-proxy.ts";
import { describeWithOwnRedis } from "../../../tooling/with-redis.ts";
import { CLIENTS } from "../../../tooling/redis-clients.ts";

const UNTIMED = { timeout: 0 };
const HOURLY = 1 / 3_600;
/** What a test waits for by hand has all the time it needs. */
const PATIENT = { timeoutMs: 60_000 };
/** Short, for servers that do not answer. */
const HASTY = { timeoutMs: 200 };

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe.each(Object.entries(CLIENTS))("by %s", (_, connect) => {
  async function setUp(settings: Readonly<Record<string, string>> = {}) {
    const server = await startRedis(settings);
    cleanUps.push(() => server.stop());
    return { server, connect: () => connectTo(server.url) };
  }

  async function connectTo(url: string) {
    const connected = await connect(url);
    cleanUps.push(() => connected.close());
    return connected.client;
  }

  const wentAway = (results: PromiseSettledResult<unknown>[]): number =>
    results
      .filter(({ status }) => status === "rejected")
      .filter((result) => codeOf(result) === "DISP_REDIS_UNAVAILABLE").length;
  const codeOf = (result: PromiseSettledResult<unknown>): string =>
    ((result as PromiseRejectedResult).reason as RedisUnavailableError).code;
  /** Until a server that has started is known to the client. */
  async function untilBack(server: RedisServer, ask: () => Promise<unknown>): Promise<void> {
    server.signal("SIGCONT");
    for (;;) {
      try {
        await ask();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  describeWithOwnRedis("a server that forgets its scripts", UNTIMED, () => {
    it("makes no call fail, with many on their way", async () => {
      const { connect: open } = await setUp();
      const client = await open();
      const limiter = new RedisKeyedRateLimiter({ client, ...PATIENT, ratePerSecond: HOURLY, burst: 1 });
      const connection = new RedisConnection({ client, ...PATIENT });
      const calls: Promise<boolean>[] = [];
      for (let round = 0; round < 10; round += 1) {
        for (let index = 0; index < 400; index += 1) calls.push(limiter.allow(`key ${index}`));
        calls.push(connection.send(["SCRIPT", "FLUSH"]).then(() => false));
        if (round % 3 === 0) await Promise.all(calls);
      }
      const answers = await Promise.all(calls);
      expect(answers.filter(Boolean)).toHaveLength(400);
    });
  });

  describeWithOwnRedis("a server that is frozen", UNTIMED, () => {
    it("makes every call fail as away, none hang, and is as before once it goes on", async () => {
      const { server, connect: open } = await setUp();
      const client = await open();
      const limiter = new RedisRateLimiter({ client, ...HASTY, key: "frozen", ratePerSecond: HOURLY, burst: 100 });
      const patient = new RedisRateLimiter({ client, ...PATIENT, key: "frozen", ratePerSecond: HOURLY, burst: 100 });
      expect(await patient.allow(10)).toBe(true);
      server.signal("SIGSTOP");
      const calls = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? limiter.allow() : limiter.wait()));
      expect(wentAway(await Promise.allSettled(calls))).toBe(20);
      server.signal("SIGCONT");
      // What was sent is carried out though nobody heard of it: it is charged, not more than once each.
      const left = await patient.peek();
      expect(left).toBeGreaterThanOrEqual(70);
      expect(left).toBeLessThanOrEqual(90);
      const answers = await Promise.all(Array.from({ length: 100 }, () => patient.allow()));
      expect(answers.filter(Boolean)).toHaveLength(left);
    });

    it("lets a fallback go on at once, with those who wait already, and back when it answers", async () => {
      const { server, connect: open } = await setUp();
      const client = await open();
      const states: string[] = [];
      const limiter = new RedisRateLimiter({
        client,
        ...HASTY,
        key: "share",
        ratePerSecond: 40,
        burst: 8,
        fallback: { share: 0.25, probeMs: 20 },
        onFallback: (state, error) => states.push(error === undefined ? state : `${state}: ${error.code}`),
      });
      await limiter.wait(8);
      const waiting = limiter.wait(2);
      server.signal("SIGSTOP");
      await limiter.wait();
      await waiting;
      expect(states).toEqual(["away: DISP_REDIS_UNAVAILABLE"]);
      // A quarter: ten a second, and two at once.
      const startedAt = performance.now();
      const answers: boolean[] = [];
      for (let time = 0; time < 2_000; time += 1) answers.push(await limiter.allow());
      const most = 2 + (10 * (performance.now() - startedAt)) / 1_000;
      expect(answers.filter(Boolean).length).toBeLessThanOrEqual(most);
      server.signal("SIGCONT");
      while (states.length === 1) await limiter.wait();
      expect(states).toEqual(["away: DISP_REDIS_UNAVAILABLE", "back"]);
      await limiter.close();
    });
  });

  describeWithOwnRedis("a server that refuses to write", UNTIMED, () => {
    it.each([
      ["OOM", "maxmemory", "1", "0"],
      ["NOREPLICAS", "min-replicas-to-write", "1", "0"],
    ])("is away, once, until it writes again: %s", async (code, setting, bad, good) => {
      const { connect: open } = await setUp({ "maxmemory-policy": "noeviction" });
      const client = await open();
      const connection = new RedisConnection({ client, ...PATIENT });
      const states: string[] = [];
      const limiter = new RedisKeyedRateLimiter({
        client,
        ...PATIENT,
        ratePerSecond: HOURLY,
        burst: 10_000,
        fallback: { share: 0.5, probeMs: 1 },
        onFallback: (state, error) => states.push(error === undefined ? state : `${state}: ${error.message}`),
      });
      await limiter.allow("a");
      await connection.send(["CONFIG", "SET", setting, bad]);
      // Time for many probes: none of them may take a server for well that can only be read.
      for (let time = 0; time < 200; time += 1) {
        expect(await limiter.allow("a")).toBe(true);
        await connection.send(["PING"]);
      }
      expect(states).toEqual([expect.stringMatching(new RegExp(`^away: .*${code}`))]);
      await connection.send(["CONFIG", "SET", setting, good]);
      while (states.length === 1) {
        await limiter.allow("b");
        await connection.send(["PING"]);
      }
      expect(states[1]).toBe("back");
      expect(await limiter.peek("b")).toBe(10_000);
    });
  });

  describeWithOwnRedis("a server that is killed and started anew", UNTIMED, () => {
    it("never lets through more than one burst for each life of its data, and denies as away meanwhile", async () => {
      const { server, connect: open } = await setUp();
      const client = await open();
      const limiter = new RedisRateLimiter({ client, ...HASTY, key: "lives", ratePerSecond: HOURLY, burst: 50 });
      const counts = { granted: 0, denied: 0, away: 0 };
      let isOver = false;
      const load = Array.from({ length: 8 }, async () => {
        while (!isOver) {
          try {
            counts[(await limiter.allow()) ? "granted" : "denied"] += 1;
          } catch (error) {
            expect((error as RedisUnavailableError).code).toBe("DISP_REDIS_UNAVAILABLE");
            counts.away += 1;
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
      });
      const until = async (isSo: () => boolean) => {
        while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      await until(() => counts.denied > 0);
      expect(counts.granted).toBe(50);
      await server.kill();
      await until(() => counts.away > 20);
      await server.start();
      const before = counts.denied;
      await until(() => counts.denied > before + 100);
      isOver = true;
      await Promise.all(load);
      // The data was lost: one more burst. A call that was sent twice is charged twice, so there may be less.
      expect(counts.granted).toBeGreaterThan(50);
      expect(counts.granted).toBeLessThanOrEqual(100);
    });
  });

  describeWithOwnRedis("a connection that is cut before the reply", UNTIMED, () => {
    it("charges what was done though nobody heard of it, and grants never more than there is", async () => {
      const { server } = await setUp();
      const proxy = await startTcpProxy(server.port);
      cleanUps.push(() => proxy.stop());
      const client = await connectTo(`redis://127.0.0.1:${proxy.port}`);
      const limiter = new RedisRateLimiter({ client, ...PATIENT, key: "cut", ratePerSecond: HOURLY, burst: 40 });
      let granted = 0;
      const take = async () => {
        const results = await Promise.allSettled(Array.from({ length: 5 }, () => limiter.allow()));
        granted += results.filter((result) => result.status === "fulfilled" && result.value).length;
        return results;
      };
      await take();
      proxy.cutInsteadOfReply();
      const cut = take();
      await new Promise((resolve) => setTimeout(resolve, 50));
      proxy.heal();
      const results = await cut;
      // Some clients send it again, which charges it twice; others say that they do not know.
      expect(wentAway(results) + results.filter(({ status }) => status === "fulfilled").length).toBe(5);
      await untilBack(server, () => limiter.peek());
      for (let round = 0; round < 10; round += 1) await take();
      expect(granted).toBeLessThanOrEqual(40);
      expect(await limiter.allow()).toBe(false);
    });

    it("gives nothing back twice", async () => {
      const { server } = await setUp();
      const proxy = await startTcpProxy(server.port);
      cleanUps.push(() => proxy.stop());
      const client = await connectTo(`redis://127.0.0.1:${proxy.port}`);
      const options = { ...PATIENT, key: "gift", ratePerSecond: HOURLY, burst: 40 };
      const direct = new RedisRateLimiter({ ...options, client: await connectTo(server.url) });
      await direct.wait(20);
      const lease = { tokens: 10, ttlMs: 60_000 };
      // A server that does not know the script yet would need a second call.
      const first = new RedisRateLimiter({ ...options, client, key: "other", lease });
      await first.wait();
      await first.close();
      const leased = new RedisRateLimiter({ ...options, client, lease });
      await leased.wait();
      await leased.peek();
      expect(await direct.peek()).toBe(9);
      proxy.cutInsteadOfReply();
      const closed = leased.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
      proxy.heal();
      await closed;
      expect(await direct.peek()).toBe(19);
    });
  });

  describeWithOwnRedis("a server that is gone", UNTIMED, () => {
    it("makes calls fail as away, and a fallback begin with the first of them", async () => {
      const { server, connect: open } = await setUp();
      const client = await open();
      await server.kill();
      const options = { client, timeoutMs: 50, ratePerSecond: HOURLY, burst: 4 };
      const limiter = new RedisKeyedRateLimiter(options);
      expect(wentAway(await Promise.allSettled([limiter.allow("a"), limiter.check("a"), limiter.wait("a")]))).toBe(3);
      await expect(limiter.reset("a")).rejects.toMatchObject({ code: "DISP_REDIS_UNAVAILABLE" });
      const shared = new RedisKeyedRateLimiter({ ...options, fallback: { share: 0.5 } });
      expect([await shared.allow("a"), await shared.allow("a"), await shared.allow("a")]).toEqual([true, true, false]);
      expect(await shared.check("b")).toEqual({ allowed: true, remaining: 1 });
      await shared.wait("b", 1);
      await shared.close();
      await limiter.close();
    });
  });

  describeWithOwnRedis("a failover", UNTIMED, () => {
    it("goes on with what the replica knows, which has no scripts yet", async () => {
      const { server } = await setUp({ "repl-diskless-sync-delay": "0" });
      const replica = await startRedis({ replicaof: `127.0.0.1 ${server.port}` });
      cleanUps.push(() => replica.stop());
      const proxy = await startTcpProxy(server.port);
      cleanUps.push(() => proxy.stop());
      const toReplica = new RedisConnection({ client: await connectTo(replica.url), ...PATIENT });
      const client = await connectTo(`redis://127.0.0.1:${proxy.port}`);
      const limiter = new RedisRateLimiter({ client, ...PATIENT, key: "moved", ratePerSecond: HOURLY, burst: 10 });
      await limiter.wait(7);
      const connection = new RedisConnection({ client, ...PATIENT });
      for (let copies: unknown = 0; copies !== 1; ) copies = await connection.send(["WAIT", "1", "0"]);
      await server.kill();
      await toReplica.send(["REPLICAOF", "NO", "ONE"]);
      proxy.leadTo(replica.port);
      await untilBack(replica, () => limiter.peek());
      const answers = await Promise.all(Array.from({ length: 10 }, () => limiter.allow()));
      expect(answers.filter(Boolean)).toHaveLength(3);
    });
  });
});
