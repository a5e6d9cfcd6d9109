import { Cluster } from "ioredis";
import { expect, it } from "vitest";
import { startRedisCluster } from "./redis-cluster.ts";
import { describeWithOwnRedis } from "./with-redis.ts";

describeWithOwnRedis("a Redis cluster of a test's own", () => {
  it.each([false, true])("serves all slots, with replicas: %s", { timeout: 0 }, async (replicas) => {
    const cluster = await startRedisCluster({ replicas });
    const client = new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
    const keys = Array.from({ length: 100 }, (_, index) => `key ${index}`);
    for (const key of keys) await client.set(key, key);
    for (const key of keys) expect(await client.get(key)).toBe(key);
    expect(client.nodes("master")).toHaveLength(3);
    expect(client.nodes("slave")).toHaveLength(replicas ? 3 : 0);
    client.disconnect();
    await cluster.stop();
  });
});
