import type { RedisClient } from "@disp/redis";
import { type ConnectionOptions, RedisConnection as BullConnection } from "bullmq";

/** A client, and what closes it if it was made here. */
export interface OpenClient {
  readonly client: ConnectionOptions & RedisClient;
  close(): void;
}

/** What is used of ioredis. */
interface Duplicable {
  readonly isCluster?: boolean;
  readonly options?: { readonly redisOptions?: object };
  duplicate(first: unknown, second?: unknown): Twin;
}

type Twin = OpenClient["client"] & {
  on(event: "error", listener: (error: unknown) => void): unknown;
  disconnect(): void;
};

/** Takes the client that was given, or has BullMQ make one from the options. Waits for no connection. */
export async function openClient(
  connection: ConnectionOptions,
  onError: (error: unknown) => void,
): Promise<OpenClient> {
  if (isClient(connection)) return { client: connection, close: () => undefined };
  const settings = { blocking: false, skipVersionCheck: true, skipWaitingForReady: true };
  const made = new BullConnection(connection, settings);
  made.on("error", onError);
  const client: unknown = await made.client;
  if (!isClient(client)) throw new TypeError("Cannot connect: BullMQ must make a client, got another thing");
  return { client, close: () => client.disconnect() };
}

/**
 * A connection for a worker. It waits for Redis however long that takes, which BullMQ insists on, and it can be cut without
 * touching the one that was given.
 */
export function openWorkerClient({ client }: OpenClient, onError: (error: unknown) => void): OpenClient {
  const patient = { maxRetriesPerRequest: null };
  const ioredis = client as unknown as Duplicable;
  const twin =
    ioredis.isCluster === true
      ? ioredis.duplicate(undefined, { redisOptions: { ...ioredis.options?.redisOptions, ...patient } })
      : ioredis.duplicate(patient);
  twin.on("error", onError);
  return { client: twin, close: () => twin.disconnect() };
}

/** Whether a client was closed, or has given up: then it does not come back by itself. */
export function hasEnded({ client }: OpenClient): boolean {
  return "status" in client && client.status === "end";
}

/** Told when a processor stops without having been able to finish. */
export function closedTooSoon(): Error {
  const rule = "the client must be open until the processor has stopped";
  return new Error(`Cannot finish stopping: ${rule}, got one that was closed`);
}

function isClient(connection: unknown): connection is Twin {
  const names = ["connect", "disconnect", "duplicate"];
  const isObject = typeof connection === "object" && connection !== null;
  return isObject && names.every((name) => typeof Reflect.get(connection, name) === "function");
}
