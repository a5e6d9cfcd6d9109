import type { RedisClient } from "@disp/redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";

/** A client as its users make it, and what closes it. */
export interface Connected {
  readonly client: RedisClient;
  readonly close: () => void;
}

/** Makes a client of one kind. It tries to connect again every 10 ms. */
export type Connect = (url: string) => Promise<Connected>;

const AGAIN_AFTER_MS = 10;

export const CLIENTS: Readonly<Record<string, Connect>> = {
  "ioredis 6": (url) => ofIoredis(new Redis(url, { retryStrategy: () => AGAIN_AFTER_MS })),
  "node-redis 6": (url) =>
    ofNodeRedis(createClient({ url, socket: { reconnectStrategy: () => AGAIN_AFTER_MS }, RESP: 3 })),
};

export const CLUSTER_CLIENTS: Readonly<Record<string, Connect>> = {
  "ioredis 6": (url) => ofIoredis(new Cluster([url])),
  "node-redis 6": (url) => ofNodeRedis(createCluster({ rootNodes: [{ url }] })),
};

async function ofIoredis(client: Redis | Cluster): Promise<Connected> {
  client.on("error", () => {});
  return { client, close: () => client.disconnect() };
}

async function ofNodeRedis(
  client: ReturnType<typeof createClient> | ReturnType<typeof createCluster>,
): Promise<Connected> {
  client.on("error", () => {});
  await client.connect();
  return { client: client as unknown as RedisClient, close: () => client.destroy() };
}
