import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";

type NodeRedis = ReturnType<typeof createClient>;
type NodeRedisCluster = ReturnType<typeof createCluster>;

/** A client as its users make it, and what closes it. It may be closed twice. */
export interface Connected {
  readonly client: Redis | Cluster | NodeRedis | NodeRedisCluster;
  readonly close: () => void;
}

/** Makes a client of one kind. It tries to connect again every 10 ms. */
export type Connect = (url: string) => Promise<Connected>;

const AGAIN_AFTER_MS = 10;

export const connectIoredis: Connect = (url) => ofIoredis(new Redis(url, { retryStrategy: () => AGAIN_AFTER_MS }));

const connectNodeRedis: Connect = (url) =>
  ofNodeRedis(createClient({ url, socket: { reconnectStrategy: () => AGAIN_AFTER_MS }, RESP: 3 }));

/** The newest client of each kind, for one server. All versions are tried in `packages/redis`. */
export const CLIENTS: Readonly<Record<string, Connect>> = {
  ioredis: connectIoredis,
  "node-redis": connectNodeRedis,
};

/** The same for a cluster, of which they are told one node. */
export const CLUSTER_CLIENTS: Readonly<Record<string, Connect>> = {
  ioredis: (url) => ofIoredis(new Cluster([url])),
  "node-redis": (url) => ofNodeRedis(createCluster({ rootNodes: [{ url }] })),
};

function ofIoredis(client: Redis | Cluster): Promise<Connected> {
  client.on("error", ignore);
  return Promise.resolve({ client, close: () => client.disconnect() });
}

async function ofNodeRedis(client: NodeRedis | NodeRedisCluster): Promise<Connected> {
  client.on("error", ignore);
  await client.connect();
  return {
    client,
    close() {
      if (client.isOpen) client.destroy();
    },
  };
}

function ignore(): void {
  // Commands hear of it.
}
