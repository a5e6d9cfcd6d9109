import { Redis } from "ioredis";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";

/** Three nodes on loopback that share the slots, each with a replica if asked for. */
export interface RedisCluster {
  /** The masters of the beginning, and then their replicas in the same order. */
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

const MASTERS = 3;
const SLOTS = 16_384;
/** Short, so that a failover takes seconds. */
const NODE_TIMEOUT_MS = 1_000;

export async function startRedisCluster({
  replicas = false,
}: {
  readonly replicas?: boolean;
} = {}): Promise<RedisCluster> {
  const count = replicas ? 2 * MASTERS : MASTERS;
  const started = await Promise.allSettled(Array.from({ length: count }, startNode));
  const nodes = started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (const each of started) if (each.status === "rejected") throw each.reason;
    await join(nodes, replicas);
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, stop };
}

async function join(nodes: readonly RedisServer[], replicas: boolean): Promise<void> {
  const clients = nodes.map(({ url }) => new Redis(url));
  try {
    await meet(nodes, clients);
    if (replicas) await follow(clients);
    for (const client of clients) await until(() => knowsAll(client, nodes.length));
  } finally {
    for (const client of clients) client.disconnect();
  }
}

async function startNode(): Promise<RedisServer> {
  return startRedis({
    "cluster-enabled": "yes",
    // By default it is the port plus 10,000, which may be none.
    "cluster-port": String(await freePort()),
    "cluster-node-timeout": String(NODE_TIMEOUT_MS),
    "cluster-announce-ip": "127.0.0.1",
    "repl-diskless-sync-delay": "0",
  });
}

async function meet(nodes: readonly RedisServer[], clients: readonly Redis[]): Promise<void> {
  for (const [index, client] of clients.slice(0, MASTERS).entries()) {
    const first = Math.floor((index * SLOTS) / MASTERS);
    const last = Math.floor(((index + 1) * SLOTS) / MASTERS) - 1;
    await client.call("CLUSTER", "ADDSLOTSRANGE", first, last);
    await client.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
  }
  for (const [index, node] of nodes.entries()) {
    const bus = String(await clients[index]?.call("CONFIG", "GET", "cluster-port")).split(",")[1] ?? "";
    await clients[0]?.call("CLUSTER", "MEET", "127.0.0.1", node.port, bus);
  }
  for (const client of clients) await until(async () => (await infoOf(client)).includes("cluster_state:ok"));
}

async function follow(clients: readonly Redis[]): Promise<void> {
  const replicas = clients.slice(MASTERS).map(async (replica, index) => {
    const master = String(await clients[index]?.call("CLUSTER", "MYID"));
    await until(async () => String(await replica.call("CLUSTER", "NODES")).includes(master));
    await replica.call("CLUSTER", "REPLICATE", master);
    await until(async () => String(await replica.call("INFO", "replication")).includes("master_link_status:up"));
  });
  await Promise.all(replicas);
}

async function knowsAll(client: Redis, count: number): Promise<boolean> {
  const info = await infoOf(client);
  const shards = (await client.call("CLUSTER", "SLOTS")) as unknown[][];
  const members = shards.reduce((sum, shard) => sum + shard.length - 2, 0);
  return info.includes("cluster_state:ok") && members === count;
}

async function infoOf(client: Redis): Promise<string> {
  return String(await client.call("CLUSTER", "INFO"));
}

/** The servers say nothing by themselves, so they have to be asked again. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10);
}
