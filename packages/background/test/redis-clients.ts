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
/** Errors of connections are heard by the commands. */
const ignore = (): void => undefined;

export const connectIoredis: Connect = (url) => {
  const client = new Redis(url, { retryStrategy: () => AGAIN_AFTER_MS, maxRetriesPerRequest: null });
  client.on("error", ignore);
  return Promise.resolve({ client, close: () => client.disconnect() });
};

const connectNodeRedis: Connect = async (url) => {
  const client = createClient({ url, socket: { reconnectStrategy: () => AGAIN_AFTER_MS } });
  client.on("error", ignore);
  await client.connect();
  return { client, close: () => client.destroy() };
};

const connectIoredisCluster: Connect = (url) => {
  const client = new Cluster([url]);
  client.on("error", ignore);
  return Promise.resolve({ client, close: () => client.disconnect() });
};

const connectNodeRedisCluster: Connect = async (url) => {
  const client = createCluster({ rootNodes: [{ url }] });
  client.on("error", ignore);
  await client.connect();
  return { client, close: () => client.destroy() };
};

export const CLIENTS: readonly (readonly [name: string, connect: Connect])[] = [
  ["ioredis", connectIoredis],
  ["node-redis", connectNodeRedis],
];

export const CLUSTER_CLIENTS: readonly (readonly [name: string, connect: Connect])[] = [
  ["ioredis", connectIoredisCluster],
  ["node-redis", connectNodeRedisCluster],
];
