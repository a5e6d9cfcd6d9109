import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type RedisServer, startRedis } from "./redis-server.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
import { describeWithOwnRedis } from "./with-redis.ts";

describeWithOwnRedis("a proxy in front of a server", () => {
  let server: RedisServer;
  let direct: Redis;
  let proxy: TcpProxy;
  let client: Redis;

  beforeEach(async () => {
    server = await startRedis();
    direct = new Redis(server.url);
    proxy = await startTcpProxy(server.port);
    client = new Redis(proxy.port, { maxRetriesPerRequest: 0, retryStrategy: () => 10 });
    client.on("error", () => {});
    await client.ping();
  });

  afterEach(async () => {
    client.disconnect();
    direct.disconnect();
    await proxy.stop();
    await server.stop();
  });

  it("passes on what is said", async () => {
    await client.set("a", "1");
    expect(await direct.get("a")).toBe("1");
  });

  it("resets connections, and lets new ones in", async () => {
    const closed = new Promise((resolve) => client.once("close", resolve));
    proxy.cut();
    await closed;
    expect(await client.ping()).toBe("PONG");
  });

  it("passes a request on and cuts instead of bringing the reply", async () => {
    proxy.cutInsteadOfReply();
    await expect(client.incr("count")).rejects.toThrow("max retries per request");
    proxy.heal();
    expect(await direct.get("count")).toBe("1");
  });

  it("freezes and heals", async () => {
    proxy.freeze();
    let isAnswered = false;
    const asked = client.ping().then(() => (isAnswered = true));
    await direct.ping();
    expect(isAnswered).toBe(false);
    proxy.heal();
    await asked;
  });

  it("leads to another server", async () => {
    const other = await startRedis();
    await direct.set("a", "1");
    const closed = new Promise((resolve) => client.once("close", resolve));
    proxy.leadTo(other.port);
    await closed;
    expect(await client.get("a")).toBeNull();
    await other.stop();
  });
});
