import type { RedisClient } from "@disp/redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";

/** A client as its users make it, and what closes it. */
export interface Connected {
  readonly client: RedisClient;
  close(): void;
}

/** Makes a client of one kind. It tries to connect again every 10 ms. */
export type Connect = (url: string) => Promise<Connected>;

const AGAIN_AFTER_MS = 10;

export const connectIoredis: Connect = (url) => {
  const client = new Redis(url, { retryStrategy: () => AGAIN_AFTER_MS });
  client.on("error", () => {});
  return Promise.resolve({ client, close: () => client.disconnect() });
};

const connectNodeRedis: Connect = async (url) => {
  const client = createClient({ url, socket: { reconnectStrategy: () => AGAIN_AFTER_MS } });
  client.on("error", () => {});
  await client.connect();
  return { client, close: () => client.destroy() };
};

export const CLIENTS: Readonly<Record<string, Connect>> = {
  "ioredis 6": connectIoredis,
  "node-redis 6": connectNodeRedis,
};

export const CLUSTER_CLIENTS: Readonly<Record<string, Connect>> = {
  "ioredis 6": (url) => {
    const client = new Cluster([url]);
    client.on("error", () => {});
    return Promise.resolve({ client, close: () => client.disconnect() });
  },
  "node-redis 6": async (url) => {
    const client = createCluster({ rootNodes: [{ url }] });
    client.on("error", () => {});
    await client.connect();
    return { client, close: () => client.destroy() };
  },
};
