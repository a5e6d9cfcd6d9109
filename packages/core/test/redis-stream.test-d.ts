import { type Acknowledgeable, Dispatcher, type Rejection } from "@disp/core";
import { REDIS_STREAM_SOURCE_DEFAULTS, redisStreamSource, type StreamEntry } from "@disp/core/redis";
import type { Cluster, Redis } from "ioredis";
import type { createClient, createCluster } from "redis";
import { describe, expectTypeOf, it } from "vitest";

declare const client: Redis | Cluster | ReturnType<typeof createClient> | ReturnType<typeof createCluster>;
const names = { stream: "s", group: "g", consumer: "c" };

describe("a source from a stream", () => {
  it("is a source of entries for a dispatcher, whatever the client", () => {
    const source = redisStreamSource({ client, ...names });
    expectTypeOf(source).toEqualTypeOf<AsyncIterable<StreamEntry>>();
    void Dispatcher.process(source, {
      send({ items }) {
        expectTypeOf(items).toEqualTypeOf<readonly StreamEntry[]>();
        expectTypeOf(items[0]!.fields["a"]).toEqualTypeOf<string | undefined>();
      },
    });
  });

  it("needs a client and its names, and knows what it takes", () => {
    // @ts-expect-error -- no client
    redisStreamSource(names);
    // @ts-expect-error -- no consumer
    redisStreamSource({ client, stream: "s", group: "g" });
    // @ts-expect-error -- true is no key
    redisStreamSource({ client, ...names, deadLetter: true });
    redisStreamSource({ client, ...names, deadLetter: false, batchSize: undefined, signal: undefined });
    // @ts-expect-error -- they are fixed
    REDIS_STREAM_SOURCE_DEFAULTS.batchSize = 1;
  });

  it("has entries that want to know how they ended", () => {
    expectTypeOf<StreamEntry>().toExtend<Acknowledgeable>();
    expectTypeOf<StreamEntry["acknowledge"]>().returns.toEqualTypeOf<Promise<boolean>>();
    expectTypeOf<StreamEntry["reject"]>().parameters.toEqualTypeOf<[Rejection]>();
  });
});
