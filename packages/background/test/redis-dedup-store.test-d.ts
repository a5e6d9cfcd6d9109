import { BackgroundProcessor, type DedupStore, type Hold } from "@disp/background";
import { REDIS_DEDUP_DEFAULTS, RedisDedupStore, type RedisDedupStoreOptions } from "@disp/background/redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { describe, expectTypeOf, it } from "vitest";

const namespace = "a";

describe("RedisDedupStore", () => {
  it("takes clients of ioredis and node-redis, for a server and for a cluster", () => {
    new RedisDedupStore({ client: new Redis(), namespace });
    new RedisDedupStore({ client: new Cluster([]), namespace });
    new RedisDedupStore({ client: createClient(), namespace });
    new RedisDedupStore({ client: createCluster({ rootNodes: [] }), namespace });
    // @ts-expect-error -- no client
    new RedisDedupStore({ client: "redis://localhost", namespace });
    // @ts-expect-error -- no namespace
    new RedisDedupStore({ client: new Redis() });
  });

  it("is a store for processors", async () => {
    const dedup = new RedisDedupStore({ client: new Redis(), namespace });
    expectTypeOf(dedup).toExtend<DedupStore>();
    expectTypeOf(await dedup.acquire("a", 1)).toEqualTypeOf<Hold | undefined>();
    expectTypeOf(await dedup.bumpGeneration()).toEqualTypeOf<number>();
    new BackgroundProcessor<string>({ process: () => {}, dedup });
  });

  it("takes undefined for every option that may be left out", () => {
    const options: RedisDedupStoreOptions = {
      client: new Redis(),
      namespace,
      prefix: undefined,
      timeoutMs: undefined,
      shards: undefined,
    };
    new RedisDedupStore(options);
    expectTypeOf(REDIS_DEDUP_DEFAULTS).toEqualTypeOf<{
      readonly prefix: string;
      readonly timeoutMs: number;
      readonly shards: number;
    }>();
  });
});
