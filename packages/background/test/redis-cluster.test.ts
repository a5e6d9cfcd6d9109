import { RedisDedupStore } from "@disp/background/redis";
import { keySlot } from "@disp/redis";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RedisCluster, startRedisCluster } from "../../../tooling/redis-cluster.ts";
import { describeWithOwnRedis, uniqueName } from "../../../tooling/with-redis.ts";
import { CLUSTER_CLIENTS, type Connected } from "../../../tooling/redis-clients.ts";
import { setUpJobs } from "./redis-jobs.ts";

const AMPLE_MS = 30_000;
const SHORT_MS = 200;
const LONG = 3_600_000;
const SHARDS = 12;
const KEYS = Array.from({ length: 500 }, (_, index) => `key ${index}`);

describeWithOwnRedis("keys in a cluster", { timeout: 0 }, () => {
  let cluster: RedisCluster;
  let nodes: Redis[];

  beforeAll(async () => {
    cluster = await startRedisCluster();
    nodes = cluster.nodes.map(({ url }) => new Redis(url));
  }, 0);

  afterAll(async () => {
    for (const node of nodes) node.disconnect();
    await cluster.stop();
  });

  describe.each(Object.entries(CLUSTER_CLIENTS))("through %s", (_, connect) => {
    let connected: Connected;
    let namespace: string;

    beforeEach(async () => {
      connected = await connect(cluster.nodes[0]?.url ?? "");
      namespace = uniqueName();
    });

    afterEach(() => connected.close());

    const store = (shards: number, timeoutMs = AMPLE_MS) =>
      new RedisDedupStore({ client: connected.client, namespace, shards, timeoutMs });

    const acquireAll = async (from: RedisDedupStore): Promise<number> => {
      const holds = await Promise.all(KEYS.map((key) => from.acquire(key, LONG)));
      return holds.filter((hold) => hold !== undefined).length;
    };

    it.each([1, SHARDS])("belong to one holder, and are free after a bump, with %i shards", async (shards) => {
      const [here, there] = [store(shards), store(shards)];
      expect([await acquireAll(here), await acquireAll(there)]).toEqual([KEYS.length, 0]);
      expect(await there.bumpGeneration()).toBe(1);
      expect([await acquireAll(there), await acquireAll(here)]).toEqual([KEYS.length, 0]);
      const hold = await here.acquire("{a}:{b}", LONG);
      expect(await hold?.renew(LONG)).toBe(true);
      await hold?.release(0);
      expect(await there.acquire("{a}:{b}", LONG)).toBeDefined();
    });

    it("lie on all nodes, if there are shards, and each shard in one slot", async () => {
      await acquireAll(store(SHARDS));
      const names = await Promise.all(nodes.map((node) => node.keys(`*${namespace}*`)));
      for (const found of names) expect(found.length).toBeGreaterThan(0);
      expect(names.flat()).toHaveLength(KEYS.length);
      expect(new Set(names.flat().map(keySlot)).size).toBe(SHARDS);
    });

    it("are held by one processor each", async () => {
      const crowd = [store(SHARDS), store(SHARDS)].map((dedup) => setUpJobs(dedup, { concurrency: Infinity }));
      await Promise.all(KEYS.flatMap((key) => crowd.map((jobs) => jobs.schedule(key, LONG))));
      expect(crowd.flatMap((jobs) => jobs.started).sort()).toEqual([...KEYS].sort());
      for (const jobs of crowd) await jobs.finishAll();
    });

    it("are bumped in part when a node is frozen, and as a whole by the next time", async () => {
      await acquireAll(store(SHARDS));
      const frozen = cluster.nodes[2];
      frozen?.signal("SIGSTOP");
      await expect(store(SHARDS, SHORT_MS).bumpGeneration()).rejects.toMatchObject({
        code: "DISP_REDIS_UNAVAILABLE",
      });
      frozen?.signal("SIGCONT");
      await store(SHARDS).bumpGeneration();
      expect(await acquireAll(store(SHARDS))).toBe(KEYS.length);
    });
  });
});
