import { describe, expect, it } from "vitest";
import { CLIENTS, CLUSTER_CLIENTS } from "./redis-clients.ts";
import { startRedisCluster } from "./redis-cluster.ts";
import { startRedis } from "./redis-server.ts";
import { describeWithOwnRedis } from "./with-redis.ts";

describeWithOwnRedis("the clients of tests", { timeout: 0 }, () => {
  describe.each(Object.entries(CLIENTS))("%s", (_, connect) => {
    it("talks to a server, and may be closed twice", async () => {
      const server = await startRedis();
      const { client, close } = await connect(server.url);
      expect(await client.get("a")).toBeNull();
      close();
      close();
      await server.stop();
    });
  });

  describe.each(Object.entries(CLUSTER_CLIENTS))("%s", (_, connect) => {
    it("talks to a cluster", async () => {
      const cluster = await startRedisCluster();
      const { client, close } = await connect(cluster.nodes[0]?.url ?? "");
      for (const key of ["a", "b", "c", "d"]) expect(await client.get(key)).toBeNull();
      close();
      await cluster.stop();
    });
  });
});
