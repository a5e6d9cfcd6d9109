import { BullMqProcessor } from "@disp/background/bullmq";
import { fixedDelay } from "@disp/retry";
import { Cluster } from "ioredis";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type RedisCluster, startRedisCluster } from "../../../tooling/redis-cluster.ts";
import { describeWithOwnRedis } from "../../../tooling/with-redis.ts";

describeWithOwnRedis("a cluster", { timeout: 0 }, () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 0);

  afterAll(() => cluster.stop(), 0);

  it("runs jobs, tries them again, and keeps their keys, if the prefix has a hash tag", async () => {
    const connection = new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
    onTestFinished(() => connection.disconnect());
    const runs: unknown[] = [];
    const options = { connection, name: "work", prefix: "{bull}" };
    const processor = new BullMqProcessor<string>({
      ...options,
      concurrency: 3,
      retry: fixedDelay({ delayMs: 5, maxRetries: 1 }),
      process: (arg, { attempt }) => {
        runs.push([arg, attempt]);
        if (attempt === 1) throw new Error("once more");
      },
    });
    const producer = new BullMqProcessor<string>(options);
    const keys = Array.from({ length: 20 }, (_, index) => `key {${index}}`);
    const schedule = (key: string) => producer.schedule(key, key, { holdMs: 60_000 });
    expect(await Promise.all(keys.map(schedule))).toEqual(keys.map(() => ({ scheduled: true })));
    await processor.stop({ drain: true });
    expect(runs).toHaveLength(40);
    expect(await Promise.all(keys.map(schedule))).toEqual(keys.map(() => ({ scheduled: false, reason: "held" })));
    expect(await producer.bumpGeneration()).toBe(1);
    expect(await schedule("key {1}")).toEqual({ scheduled: true });
    await producer.stop();
  });

  it("refuses a prefix without a hash tag", () => {
    const connection = new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
    onTestFinished(() => connection.disconnect());
    expect(() => new BullMqProcessor({ connection, name: "work" })).toThrow(
      'Cannot create a BullMqProcessor: prefix must be a string with a hash tag, such as "{bull}", on a cluster, got "bull"',
    );
  });
});
