import { Redis } from "ioredis";
import { existsSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type RedisServer, startRedis } from "./redis-server.ts";
import { describeWithOwnRedis } from "./with-redis.ts";

describeWithOwnRedis("a Redis server of a test's own", () => {
  let server: RedisServer;
  let client: Redis;

  beforeEach(async () => {
    server = await startRedis({ appendonly: "yes", appendfsync: "always" });
    client = new Redis(server.url, { retryStrategy: () => 10 });
    client.on("error", () => {});
  });

  afterEach(async () => {
    client.disconnect();
    await server.stop();
  });

  it("takes settings, and comes back after a kill at the same place", { timeout: 0 }, async () => {
    await client.set("a", "1");
    await server.kill();
    await server.start();
    expect(await client.get("a")).toBe("1");
  });

  it("freezes, and goes on with what it was asked meanwhile", async () => {
    await client.ping();
    server.signal("SIGSTOP");
    let isAnswered = false;
    const asked = client.ping().then(() => (isAnswered = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    server.signal("SIGCONT");
    await asked;
  });

  it("leaves nothing behind that could not start", async () => {
    const listeners = process.listenerCount("exit");
    await expect(startRedis({ maxmemory: "a lot" })).rejects.toThrow("Redis did not start");
    expect(process.listenerCount("exit")).toBe(listeners);
  });

  it("leaves nothing behind", async () => {
    const [, folder = ""] = await client.config("GET", "dir");
    expect(existsSync(folder)).toBe(true);
    await server.stop();
    expect(existsSync(folder)).toBe(false);
  });
});
