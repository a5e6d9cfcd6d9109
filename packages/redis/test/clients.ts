import type { CommandSender, IoredisClient, NodeRedisClient, NodeRedisCluster, RedisClient } from "@disp/redis";
import { Cluster, Redis } from "ioredis";
import { Cluster as Cluster5, Redis as Redis5 } from "ioredis-5";
import { createClient, createCluster } from "redis";
import { createClient as createClient5, createCluster as createCluster5 } from "redis-5";

/** A client as its users make it, and what closes it. */
export interface Connected {
  readonly client: RedisClient;
  close(): void;
}

/** Makes a client of one kind, for one server. It tries to connect again every 10 ms. */
export type Connect = (url: string) => Promise<Connected>;

const AGAIN_AFTER_MS = 10;
const ioredisOptions = { retryStrategy: () => AGAIN_AFTER_MS };
const socket = { reconnectStrategy: () => AGAIN_AFTER_MS };

/** Every kind of client for one server. */
export const CLIENTS: Readonly<Record<string, Connect>> = {
  "ioredis 6, RESP3": (url) => ofIoredis(new Redis(url, ioredisOptions)),
  "ioredis 6, RESP2": (url) => ofIoredis(new Redis(url, { ...ioredisOptions, protocol: 2 })),
  "ioredis 5": (url) => ofIoredis(new Redis5(url, ioredisOptions)),
  "ioredis 6 that connects when it is needed": (url) =>
    ofIoredis(new Redis(url, { ...ioredisOptions, lazyConnect: true })),
  "ioredis 6 with auto-pipelining": (url) =>
    ofIoredis(new Redis(url, { ...ioredisOptions, enableAutoPipelining: true })),
  "node-redis 6, RESP2": (url) => ofNodeRedis(createClient({ url, socket, RESP: 2 })),
  "node-redis 6, RESP3": (url) => ofNodeRedis(createClient({ url, socket, RESP: 3 })),
  "node-redis 5, RESP2": (url) => ofNodeRedis(createClient5({ url, socket, RESP: 2 })),
  "node-redis 5, RESP3": (url) => ofNodeRedis(createClient5({ url, socket, RESP: 3 })),
  "a client of another kind": (url) => {
    const client = new Redis(url, ioredisOptions);
    client.on("error", () => {});
    const sender = (twin: Redis): CommandSender => ({
      send: (command, args) => twin.call(command, args),
      duplicate: () => sender(twin.duplicate()),
      close: () => twin.disconnect(),
    });
    return Promise.resolve({ client: sender(client), close: () => client.disconnect() });
  },
};

/** Every kind of client for a cluster. */
export const CLUSTER_CLIENTS: Readonly<Record<string, Connect>> = {
  "ioredis 6": (url) => ofIoredis(new Cluster([url])),
  "ioredis 5": (url) => ofIoredis(new Cluster5([url])),
  "node-redis 6, RESP2": (url) => ofNodeRedis(createCluster({ rootNodes: [{ url }], RESP: 2 })),
  "node-redis 6, RESP3": (url) => ofNodeRedis(createCluster({ rootNodes: [{ url }], RESP: 3 })),
  "node-redis 5, RESP2": (url) => ofNodeRedis(createCluster5({ rootNodes: [{ url }], RESP: 2 })),
  "node-redis 5, RESP3": (url) => ofNodeRedis(createCluster5({ rootNodes: [{ url }], RESP: 3 })),
};

function ofIoredis(client: IoredisClient): Promise<Connected> {
  client.on("error", () => {});
  return Promise.resolve({ client, close: () => client.disconnect() });
}

async function ofNodeRedis(client: NodeRedisClient | NodeRedisCluster): Promise<Connected> {
  client.on("error", () => {});
  await client.connect();
  let isOpen = true;
  return {
    client,
    close() {
      if (isOpen) client.destroy();
      isOpen = false;
    },
  };
}
