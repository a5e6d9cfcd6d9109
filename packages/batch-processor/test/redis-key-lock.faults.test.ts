import { setTimeout as passes } from "node:timers/promises";
import { type BatchFailedError, BatchProcessor, type KeyLease } from "@disp/batch-processor";
import { RedisKeyLock, type RedisKeyLockOptions } from "@disp/batch-processor/redis";
import { RedisUnavailableError } from "@disp/redis";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { follow, listenForUncaught } from "../../../tooling/observe.ts";
import { type RedisServer, startRedis } from "../../../tooling/redis-server.ts";
import { startTcpProxy, type TcpProxy } from "../../../tooling/tcp-proxy.ts";
import { describeWithOwnRedis } from "../../../tooling/with-redis.ts";
import { CLIENTS, type Connect } from "../../../tooling/redis-clients.ts";

/** Nothing with it ends by itself. */
const LONG_MS = 60_000;
const NAMESPACE = "a";
const KEY = `disp:lock:{${NAMESPACE}:0/1}:key:a`;

let uncaught: ReturnType<typeof listenForUncaught>;

beforeEach(() => {
  uncaught = listenForUncaught();
});

afterEach(async () => {
  expect(await uncaught.stop()).toEqual([]);
});

const lostOf = (lease: KeyLease): Promise<number> =>
  new Promise((resolve) => {
    lease.onLost(() => resolve(performance.now()));
  });

async function serve(settings?: Record<string, string>): Promise<RedisServer> {
  const server = await startRedis(settings);
  onTestFinished(() => server.stop());
  return server;
}

async function proxyTo(server: RedisServer): Promise<TcpProxy> {
  const proxy = await startTcpProxy(server.port);
  onTestFinished(() => proxy.stop());
  return proxy;
}

async function connectWith(connect: Connect, url: string) {
  const connected = await connect(url);
  onTestFinished(() => connected.close());
  const needed = { client: connected.client, namespace: NAMESPACE };
  return (options: Partial<RedisKeyLockOptions> = {}) => new RedisKeyLock({ ...needed, ...options });
}

const urlOf = ({ port }: TcpProxy): string => `redis://127.0.0.1:${port}`;

/** A client that is never in the way of a fault. */
function adminOf(server: RedisServer): Redis {
  const admin = new Redis(server.url);
  admin.on("error", () => {});
  onTestFinished(() => admin.disconnect());
  return admin;
}

/** A value may be there for a while after the time that it tells. */
async function isLocked(admin: Redis): Promise<boolean> {
  const [seconds, microseconds] = await admin.time();
  const [, until] = (await admin.get(KEY))?.split(" ") ?? [];
  return Number(until ?? 0) > Number(seconds) * 1e6 + Number(microseconds);
}

describeWithOwnRedis.each(Object.entries(CLIENTS))("a RedisKeyLock through %s", { timeout: 0 }, (_, connect) => {
  describe("while Redis is dead", () => {
    it("refuses those who ask, with an error that says so, and not before their time is over", async () => {
      const server = await serve();
      const make = await connectWith(connect, server.url);
      const lock = make({ timeoutMs: 300 });
      const lease = await lock.acquire("a");
      const waiting = lock.acquire("a");
      await server.kill();
      const begin = performance.now();
      const asks = [lock.acquire("b"), lock.acquire("b"), lock.acquire("c")];
      for (const ask of asks) await expect(ask).rejects.toBeInstanceOf(RedisUnavailableError);
      expect(performance.now() - begin).toBeGreaterThanOrEqual(299);
      // Others of this process wait for the holder, which still has the key.
      expect([follow(waiting).state, lease.isHeld]).toEqual(["pending", true]);
      await expect(lease.release()).rejects.toBeInstanceOf(RedisUnavailableError);
      await expect(waiting).rejects.toBeInstanceOf(RedisUnavailableError);
    });

    it("fails the runs of a processor with an error that says so, long before they would time out", async () => {
      const server = await serve();
      const make = await connectWith(connect, server.url);
      const polls = new BatchProcessor({
        lock: make(),
        load: () => ({ votes: 0 }),
        save: () => {},
        maxDurationMs: LONG_MS,
      });
      expect(await polls.run("a", (poll) => (poll.votes += 1))).toBe(1);
      await server.kill();
      const error = await polls.run("a", (poll) => (poll.votes += 1)).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: "BatchFailedError", phase: "lock" });
      expect((error as BatchFailedError).cause).toBeInstanceOf(RedisUnavailableError);
      await polls.stop();
    });

    it("ends a wait by its signal at once", async () => {
      const server = await serve();
      const make = await connectWith(connect, server.url);
      const lock = make({ timeoutMs: LONG_MS });
      await (await lock.acquire("a")).release();
      await server.kill();
      const abort = new AbortController();
      const waiting = lock.acquire("a", { signal: abort.signal });
      await passes(30);
      abort.abort();
      await expect(waiting).rejects.toBe(abort.signal.reason);
    });

    it("loses what it holds when its time has passed, and not before", async () => {
      const server = await serve();
      const make = await connectWith(connect, server.url);
      const leaseMs = 900;
      const begin = performance.now();
      const lease = await make({ leaseMs }).acquire("a");
      const lost = lostOf(lease);
      await server.kill();
      expect((await lost) - begin).toBeGreaterThanOrEqual(leaseMs);
      expect(lease.isHeld).toBe(false);
      await lease.release();
    });

    it("keeps what it holds when Redis comes back in time with what it knew", async () => {
      const server = await serve({ appendonly: "yes", appendfsync: "always" });
      const make = await connectWith(connect, server.url);
      const lock = make({ leaseMs: 5_000, timeoutMs: LONG_MS });
      const lease = await lock.acquire("a");
      await server.kill();
      await server.start();
      const admin = adminOf(server);
      const before = await admin.get(KEY);
      expect(before).not.toBeNull();
      // Until the next renewal, and no longer.
      while ((await admin.get(KEY)) === before) await passes(20);
      expect(lease.isHeld).toBe(true);
      await lease.release();
      expect(await admin.get(KEY)).toBeNull();
    });

    it("loses what it holds when Redis comes back and knows nothing, and tokens grow nevertheless", async () => {
      const server = await serve();
      const [make, makeOther] = [await connectWith(connect, server.url), await connectWith(connect, server.url)];
      const lease = await make({ leaseMs: 1_500, timeoutMs: LONG_MS }).acquire("a");
      const lost = lostOf(lease);
      await server.kill();
      await server.start();
      const other = await makeOther({ timeoutMs: LONG_MS }).acquire("a");
      expect(other.token).toBeGreaterThan(lease.token);
      await lost;
      await lease.release();
      expect(other.isHeld).toBe(true);
      await other.release();
    });
  });

  describe("while Redis is frozen", () => {
    it("refuses those who ask, and leaves no key locked by what is carried out afterwards", async () => {
      const server = await serve();
      const make = await connectWith(connect, server.url);
      const lock = make({ timeoutMs: 200, leaseMs: LONG_MS });
      await (await lock.acquire("a")).release();
      server.signal("SIGSTOP");
      await expect(lock.acquire("a")).rejects.toMatchObject({ code: "DISP_REDIS_UNAVAILABLE", reason: "timeout" });
      server.signal("SIGCONT");
      const begin = performance.now();
      const lease = await make({ timeoutMs: LONG_MS }).acquire("a");
      expect(performance.now() - begin).toBeLessThan(LONG_MS);
      await lease.release();
    });

    it("loses what it holds, and late renewals keep the key from nobody", async () => {
      const server = await serve();
      const make = await connectWith(connect, server.url);
      // Renewals are sent, and not carried out yet.
      const leaseMs = 900;
      const lease = await make({ timeoutMs: LONG_MS, leaseMs }).acquire("a");
      const lost = lostOf(lease);
      server.signal("SIGSTOP");
      await lost;
      server.signal("SIGCONT");
      // This client has one connection: all that was sent before has been carried out by now.
      await make({ timeoutMs: LONG_MS }).acquire("another key");
      expect(await isLocked(adminOf(server))).toBe(false);
      const next = await make({ timeoutMs: LONG_MS }).acquire("a");
      expect(next.token).toBeGreaterThan(lease.token);
      expect([lease.isHeld, next.isHeld]).toEqual([false, true]);
    });
  });

  describe("whose connection is cut", () => {
    it("gets the key with the same question when the reply was lost", async () => {
      const server = await serve();
      const proxy = await proxyTo(server);
      const make = await connectWith(connect, urlOf(proxy));
      const lock = make({ leaseMs: LONG_MS, timeoutMs: LONG_MS });
      await (await lock.acquire("b")).release();
      proxy.cutInsteadOfReply();
      const ask = lock.acquire("a");
      const admin = adminOf(server);
      // The server has done it, and the lock does not know.
      while ((await admin.get(KEY)) === null) await passes(1);
      proxy.heal();
      const lease = await ask;
      expect(lease.isHeld).toBe(true);
      await lease.release();
      expect(await admin.get(KEY)).toBeNull();
    });

    it("has one holder at a time, however often it is cut", async () => {
      const server = await serve();
      const proxies = [await proxyTo(server), await proxyTo(server)];
      const makes = await Promise.all(proxies.map((proxy) => connectWith(connect, urlOf(proxy))));
      const locks = makes.map((make) => make({ leaseMs: LONG_MS, timeoutMs: LONG_MS }));
      let holders = 0;
      let isOver = false;
      const tokens: number[] = [];
      const most: number[] = [];
      const work = locks.map(async (lock) => {
        for (let turn = 0; turn < 150; turn += 1) {
          const lease = await lock.acquire("a");
          most.push((holders += 1));
          tokens.push(lease.token);
          await passes(1);
          holders -= 1;
          await lease.release();
        }
      });
      const cuts = (async () => {
        for (let cut = 0; !isOver; cut += 1) {
          await passes(17);
          const proxy = proxies[cut % 2];
          if (cut % 3 === 0) proxy?.cutInsteadOfReply();
          else proxy?.cut();
          await passes(3);
          proxy?.heal();
        }
      })();
      await Promise.all(work);
      isOver = true;
      await cuts;
      expect([tokens.length, new Set(most)]).toEqual([300, new Set([1])]);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
    });
  });

  describe("whose server fails over", () => {
    it("keeps its lock when the replica has heard of it", async () => {
      const [master, replica] = [await serve({ "repl-diskless-sync-delay": "0" }), await serve()];
      const [onMaster, onReplica] = [adminOf(master), adminOf(replica)];
      const proxy = await proxyTo(master);
      const make = await connectWith(connect, urlOf(proxy));
      await onReplica.replicaof("127.0.0.1", master.port);
      while (!(await onReplica.info("replication")).includes("master_link_status:up")) await passes(10);
      const lock = make({ leaseMs: 6_000, timeoutMs: LONG_MS });
      const lease = await lock.acquire("a");
      // Once this write has arrived, all before it have.
      await onMaster.set("written", "after");
      while ((await onReplica.get("written")) === null) await passes(1);
      await master.kill();
      await onReplica.replicaof("NO", "ONE");
      const before = await onReplica.get(KEY);
      proxy.leadTo(replica.port);
      while ((await onReplica.get(KEY)) === before) await passes(20);
      expect(lease.isHeld).toBe(true);
      await lease.release();
      const next = await lock.acquire("a");
      expect(next.token).toBeGreaterThan(lease.token);
      await next.release();
    });

    it("loses its lock when the replica has not heard of it, and the tokens of the next holders are greater", async () => {
      const [master, replica] = [await serve(), await serve()];
      const proxy = await proxyTo(master);
      const make = await connectWith(connect, urlOf(proxy));
      const makeOther = await connectWith(connect, replica.url);
      const lease = await make({ leaseMs: 900, timeoutMs: LONG_MS }).acquire("a");
      const lost = lostOf(lease);
      await master.kill();
      proxy.leadTo(replica.port);
      const other = await makeOther({ timeoutMs: LONG_MS }).acquire("a");
      expect(other.token).toBeGreaterThan(lease.token);
      await lost;
      await lease.release();
      expect(other.isHeld).toBe(true);
      await other.release();
    });
  });
});
