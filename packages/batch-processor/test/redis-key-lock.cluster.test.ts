import { RedisKeyLock } from "@disp/batch-processor/redis";
import { Cluster } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RedisCluster, startRedisCluster } from "../../../tooling/redis-cluster.ts";
import { describeWithOwnRedis, uniqueName } from "../../../tooling/with-redis.ts";
import { describeKeyLock } from "./key-lock.contract.ts";
import { CLUSTER_CLIENTS } from "../../../tooling/redis-clients.ts";

const LONG_MS = 60_000;

describeWithOwnRedis("a cluster", { timeout: 0 }, () => {
  let cluster: RedisCluster;
  let admin: Cluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    admin = new Cluster([cluster.nodes[0]?.url ?? ""]);
  }, 0);

  afterAll(async () => {
    admin.disconnect();
    await cluster.stop();
  });

  describe.each(Object.entries(CLUSTER_CLIENTS))("through %s", (_, connect) => {
    const url = (): string => cluster.nodes[0]?.url ?? "";

    describeKeyLock("RedisKeyLock", async () => {
      const { client, close } = await connect(url());
      const namespace = uniqueName();
      return {
        lock: () => new RedisKeyLock({ client, namespace, leaseMs: 2_400, timeoutMs: LONG_MS }),
        async lose(key) {
          await admin.del(`disp:lock:{${namespace}:0/1}:key:${key}`);
        },
        close,
      };
    });

    it("has keys of all shards on all nodes, renewed and released together", async () => {
      const { client, close } = await connect(url());
      const options = { client, namespace: uniqueName(), shards: 16, leaseMs: 2_400, timeoutMs: LONG_MS };
      const [here, there] = [new RedisKeyLock(options), new RedisKeyLock(options)];
      const keys = Array.from({ length: 200 }, (_, index) => `${index}`);
      const leases = await Promise.all(keys.map((key) => here.acquire(key)));
      const others = Promise.all(keys.map((key) => there.acquire(key)));
      expect(leases.every(({ isHeld }) => isHeld)).toBe(true);
      await Promise.all(leases.map((lease) => lease.release()));
      for (const [index, lease] of (await others).entries()) {
        expect(lease.token).toBeGreaterThan(leases[index]?.token ?? Infinity);
        await lease.release();
      }
      close();
    });
  });
});
