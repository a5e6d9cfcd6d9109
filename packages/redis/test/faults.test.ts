import { defineScript, RedisConnection, RedisUnavailableError } from "@disp/redis";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listenForUncaught } from "../../../tooling/observe.ts";
import { type RedisServer, startRedis } from "../../../tooling/redis-server.ts";
import { startTcpProxy, type TcpProxy } from "../../../tooling/tcp-proxy.ts";
import { describeWithOwnRedis } from "../../../tooling/with-redis.ts";
import { CLIENTS, type Connected } from "./clients.ts";

/** Long enough for a busy machine where an answer comes, and short enough to wait for where none does. */
const AMPLE_MS = 30_000;
const SHORT_MS = 100;
const CALLS = 200;

/** Servers say nothing by themselves, so they have to be asked again. */
async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}

const increment = defineScript("return redis.call('INCR', KEYS[1])", Number);

describeWithOwnRedis("when Redis is away", { timeout: 0 }, () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let direct: Redis;
  let uncaught: ReturnType<typeof listenForUncaught>;

  beforeEach(async () => {
    uncaught = listenForUncaught();
    server = await startRedis({ appendonly: "yes", appendfsync: "always" });
    proxy = await startTcpProxy(server.port);
    direct = new Redis(server.url, { retryStrategy: () => 10, maxRetriesPerRequest: null });
    direct.on("error", () => {});
  });

  afterEach(async () => {
    direct.disconnect();
    await proxy.stop();
    await server.stop();
    expect(await uncaught.stop()).toEqual([]);
  });

  const manyOf = (connection: RedisConnection): Promise<PromiseSettledResult<number>[]> =>
    Promise.allSettled(Array.from({ length: CALLS }, () => increment.run(connection, ["count"], [])));

  const count = async (): Promise<number> => Number(await direct.get("count"));

  describe.each(Object.entries(CLIENTS).filter(([name]) => !name.includes("another kind")))("%s", (_, connect) => {
    let connected: Connected;

    beforeEach(async () => {
      connected = await connect(`redis://127.0.0.1:${proxy.port}`);
    });

    afterEach(() => connected.close());

    it("fails in time while the server is frozen, and goes on when it is not", async () => {
      const connection = new RedisConnection({ client: connected.client, timeoutMs: AMPLE_MS });
      await increment.run(connection, ["count"], []);
      server.signal("SIGSTOP");
      const outcomes = await manyOf(new RedisConnection({ client: connected.client, timeoutMs: SHORT_MS }));
      server.signal("SIGCONT");
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({
          status: "rejected",
          reason: { code: "DISP_REDIS_UNAVAILABLE", reason: "timeout" },
        });
      }
      // They were sent before the server froze for them, so they are carried out: later, and once.
      await increment.run(connection, ["count"], []);
      expect(await count()).toBe(CALLS + 2);
    });

    it("sends nothing late that was asked for while there was no connection", async () => {
      const connection = new RedisConnection({ client: connected.client, timeoutMs: AMPLE_MS });
      await increment.run(connection, ["count"], []);
      await server.kill();
      // The client hears of it when it tries.
      await new RedisConnection({ client: connected.client, timeoutMs: SHORT_MS }).send(["PING"]).catch(() => {});
      const outcomes = await manyOf(new RedisConnection({ client: connected.client, timeoutMs: SHORT_MS }));
      expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(CALLS);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ reason: { code: "DISP_REDIS_UNAVAILABLE" } });
      }
      await server.start();
      expect(await increment.run(connection, ["count"], [])).toBe(2);
    });

    it("does what waited for the server to come back", async () => {
      const connection = new RedisConnection({ client: connected.client, timeoutMs: AMPLE_MS });
      await increment.run(connection, ["count"], []);
      await server.kill();
      await new RedisConnection({ client: connected.client, timeoutMs: SHORT_MS }).send(["PING"]).catch(() => {});
      const waiting = manyOf(connection);
      await server.start();
      expect((await waiting).filter(({ status }) => status === "rejected")).toEqual([]);
      expect(await count()).toBe(CALLS + 1);
    });

    it("opens no second connection where there is no server, says so in time, and leaves nothing that goes on trying", async () => {
      const connection = new RedisConnection({ client: connected.client, timeoutMs: SHORT_MS });
      await connection.send(["PING"], { timeoutMs: AMPLE_MS });
      await server.kill();
      await connection.send(["PING"]).catch(() => {});
      const opening = connection.duplicate();
      // Some clients connect when they are asked for something, others before.
      const asked = opening.then(({ connection: second }) => second.send(["PING"]));
      await expect(asked).rejects.toBeInstanceOf(RedisUnavailableError);
      await opening.then(
        (second) => second.close(),
        () => {},
      );
    });

    it("tells what waits on a second connection that it is lost, and does not ask again by itself", async () => {
      const connection = new RedisConnection({ client: connected.client, timeoutMs: AMPLE_MS });
      const second = await connection.duplicate();
      await second.connection.send(["PING"]);
      const popped = second.connection.send(["BLPOP", "list", "0"], { key: "list" });
      await waitUntil(async () => String(await direct.client("LIST")).includes("cmd=blpop"));
      proxy.cut();
      await expect(popped).rejects.toMatchObject({ code: "DISP_REDIS_UNAVAILABLE", reason: "connection" });
      await increment.run(connection, ["count"], []);
      expect(await second.connection.send(["PING"])).toBe("PONG");
      await direct.rpush("list", "a");
      expect(await direct.llen("list")).toBe(1);
      second.close();
    });

    it("settles every call when the connection is cut instead of a reply", async () => {
      const connection = new RedisConnection({ client: connected.client, timeoutMs: AMPLE_MS });
      await increment.run(connection, ["count"], []);
      proxy.cutInsteadOfReply();
      const asked = manyOf(new RedisConnection({ client: connected.client, timeoutMs: SHORT_MS }));
      const outcomes = await asked;
      proxy.heal();
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: "rejected", reason: { code: "DISP_REDIS_UNAVAILABLE" } });
      }
      await increment.run(connection, ["count"], []);
      // Whoever was not answered may have been served, and by some clients more than once.
      expect(await count()).toBeGreaterThan(CALLS);
    });
  });

  it("goes on with another server after a failover, which knows no scripts", async () => {
    const replica = await startRedis({ replicaof: `127.0.0.1 ${server.port}` });
    const other = new Redis(replica.url);
    const client = new Redis(proxy.port, { retryStrategy: () => 10 });
    client.on("error", () => {});
    const connection = new RedisConnection({ client, timeoutMs: AMPLE_MS });
    await increment.run(connection, ["count"], []);
    await direct.call("WAIT", "1", "0");
    while ((await other.get("count")) !== "1");
    await server.kill();
    await other.call("REPLICAOF", "NO", "ONE");
    await other.script("FLUSH");
    proxy.leadTo(replica.port);
    const outcomes = await manyOf(connection);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(CALLS);
    expect(Number(await other.get("count"))).toBe(CALLS + 1);
    other.disconnect();
    client.disconnect();
    await replica.stop();
  });

  it("says that a replica cannot serve", async () => {
    await direct.call("REPLICAOF", "127.0.0.1", "1");
    const connection = new RedisConnection({ client: direct, timeoutMs: AMPLE_MS });
    await expect(increment.run(connection, ["count"], [])).rejects.toBeInstanceOf(RedisUnavailableError);
    await expect(increment.run(connection, ["count"], [])).rejects.toMatchObject({ reason: "server" });
  });
});
