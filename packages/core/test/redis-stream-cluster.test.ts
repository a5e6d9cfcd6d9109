import { Dispatcher, keySlot, noRetry, type RedisClient } from "@disp/core";
import { Cluster, Redis } from "ioredis";
import { createCluster } from "redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startRedisCluster, type RedisCluster } from "../../../tooling/redis-cluster.ts";
import { describeWithOwnRedis, uniqueName } from "../../../tooling/with-redis.ts";
import { byValue, type Connected, numberOf, sourceFor, upTo } from "./stream.ts";

const CLUSTER_CLIENTS: Readonly<Record<string, (url: string) => Promise<Connected>>> = {
  "ioredis 6": (url) => {
    const client = new Cluster([url]);
    client.on("error", () => {});
    return Promise.resolve({ client, close: () => client.disconnect() });
  },
  "node-redis 6": async (url) => {
    const client = createCluster({ rootNodes: [{ url }] });
    client.on("error", () => {});
    await client.connect();
    return { client: client as RedisClient, close: () => client.destroy() };
  },
};

const SLOTS = 16_384;

describeWithOwnRedis("streams of a cluster", { timeout: 0 }, () => {
  let cluster: RedisCluster;
  let bench: Cluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    bench = new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
  }, 0);

  afterAll(async () => {
    bench.disconnect();
    await cluster.stop();
  });

  it.each(Object.entries(CLUSTER_CLIENTS))(
    "on all nodes are delivered, acknowledged and buried through %s",
    async (_, connect) => {
      const connected = await connect(cluster.nodes[0]!.url);
      const { client } = connected;
      const streams = [0, 0, 1, 1, 2, 2].map(nameOnNode);
      const total = 50;
      const run = async (stream: string): Promise<void> => {
        for (const n of upTo(total)) await bench.xadd(stream, "*", "n", String(n));
        const stop = new AbortController();
        const seen: number[] = [];
        const deliveries: number[] = [];
        const { source } = sourceFor(client, stream, {
          batchSize: 10,
          stalledAfterMs: 100,
          maxDeliveries: 2,
          timeoutMs: 10_000,
          signal: stop.signal,
        });
        await Dispatcher.process(source, {
          batch: { maxItems: 1, maxAgeMs: 0 },
          retry: noRetry(),
          onDrop: () => {},
          send({ items: [entry] }) {
            if (entry === undefined) return;
            if (numberOf(entry) !== 7) seen.push(numberOf(entry));
            else deliveries.push(entry.deliveries);
            if (deliveries.length === 2 && seen.length === total - 1) stop.abort();
            if (numberOf(entry) === 7) throw new Error("poison");
          },
        });
        expect(seen.sort(byValue)).toEqual(upTo(total).filter((n) => n !== 7));
        expect(deliveries).toEqual([1, 2]);
        expect((await bench.xpending(stream, "g"))[0]).toBe(0);
        expect(await bench.xlen(`{${stream}}:dead`)).toBe(1);
      };
      await Promise.all(streams.map(run));
      const sizes = await Promise.all(cluster.nodes.map(({ url }) => sizeOf(url)));
      expect(sizes.every((size) => size > 0)).toBe(true);
      connected.close();
    },
  );
});

/** A name whose slot is on the first, second or third node. */
function nameOnNode(node: number): string {
  for (;;) {
    const name = uniqueName();
    if (Math.floor((3 * keySlot(name)) / SLOTS) === node) return name;
  }
}

async function sizeOf(url: string): Promise<number> {
  const node = new Redis(url);
  const size = await node.dbsize();
  node.disconnect();
  return size;
}
