import type { RedisClient } from "@disp/redis";
import { RedisConnection } from "@disp/redis";
import type { Cluster, Redis } from "ioredis";
import type { Cluster as Cluster5, Redis as Redis5 } from "ioredis-5";
import type { createClient, createCluster } from "redis";
import type { createClient as createClient5, createCluster as createCluster5 } from "redis-5";
import { describe, expectTypeOf, test } from "vitest";

describe("a client", () => {
  test("may be one of ioredis", () => {
    expectTypeOf<Redis>().toExtend<RedisClient>();
    expectTypeOf<Redis5>().toExtend<RedisClient>();
    expectTypeOf<Cluster>().toExtend<RedisClient>();
    expectTypeOf<Cluster5>().toExtend<RedisClient>();
  });

  test("may be one of node-redis", () => {
    expectTypeOf<ReturnType<typeof createClient>>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof createClient5>>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof createCluster>>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof createCluster5>>().toExtend<RedisClient>();
  });

  test("may be anything that sends commands", () => {
    expectTypeOf<{ send(command: string, args: string[]): Promise<unknown> }>().toExtend<RedisClient>();
  });

  test("is nothing else", () => {
    expectTypeOf<{ get(key: string): string }>().not.toExtend<RedisClient>();
    // @ts-expect-error It sends nothing.
    new RedisConnection({ client: { get: () => {} } });
  });
});
