import { show } from "@disp/options";
import type { CommandSender, IoredisClient, NodeRedisClient, NodeRedisCluster, RedisClient } from "./redis-client.ts";

/** How to speak with one kind of client. */
export interface Dialect {
  readonly isCluster: boolean;
  /** Whether a command would be sent now, or be refused now, instead of waiting in a queue of the client. */
  isSettled(): boolean;
  /** Calls back once when {@link isSettled} may have become true. */
  onSettled(listener: () => void): () => void;
  /**
   * @param key - One of the keys of the command: it tells the node of a cluster.
   * @param timeoutMs - How long it may wait for being sent.
   */
  send(args: string[], key: string | undefined, timeoutMs: number): Promise<unknown>;
  /** Begins to open a second connection. */
  duplicate(): Twin;
  /** What is the matter when a command could not be sent, in brackets, if that can be known. */
  hint?(): string;
}

/** A second connection, which has to be closed. */
export interface Twin {
  /** Resolves once it can be used. */
  readonly opened: Promise<RedisClient>;
  /** Ends it, opened or not. */
  close(): void;
}

const ALWAYS = { isSettled: () => true, onSettled: () => () => undefined };

export function dialectOf(action: string, client: RedisClient): Dialect {
  if (isObject(client)) {
    if ("call" in client && typeof client.call === "function") return ioredis(client);
    if ("nodeByAddress" in client) return nodeRedisCluster(client);
    if ("sendCommand" in client && typeof client.sendCommand === "function") return nodeRedis(client);
    if ("send" in client && typeof client.send === "function") return sender(client);
  }
  throw new TypeError(`Cannot ${action}: client must be one of ioredis or node-redis, ${whatInstead(client)}`);
}

/** What was given in place of a client, and how to get one. A URL is not shown, for it may have a password. */
function whatInstead(value: unknown): string {
  const make = "made by new Redis(url) of ioredis, or by createClient({ url }) of redis and connected";
  if (typeof value === "string") return `${make}, got a string`;
  if (value instanceof URL) return `${make}, got a URL`;
  if (typeof value === "function") return `${make}, got ${show(value)}`;
  if (!isObject(value)) return `got ${show(value)}`;
  return "then" in value ? "got a promise: await it" : "got an object of another kind";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function ioredis(client: IoredisClient): Dialect {
  return {
    isCluster: client.isCluster,
    isSettled: () => client.status === "ready" || client.status === "end",
    onSettled(listener) {
      // What is in the client's own queue when its time is over would be sent none the less: so it is not put there.
      if (client.status === "wait") client.connect().catch(ignore);
      return listen(client, listener);
    },
    send: ([command = "", ...args]) => client.call(command, args),
    duplicate() {
      const duplicate: (override: object) => IoredisClient = client.duplicate.bind(client);
      // It would send again what was lost, and tell nobody. A cluster takes a list here, and has its own way.
      const twin = client.isCluster ? client.duplicate() : duplicate({ maxRetriesPerRequest: 0 });
      twin.on("error", ignore);
      return { opened: Promise.resolve(twin), close: () => twin.disconnect() };
    },
  };
}

function nodeRedis(client: NodeRedisClient): Dialect {
  return {
    isCluster: false,
    isSettled: () => client.isReady || !client.isOpen,
    onSettled: (listener) => listen(client, listener),
    send: (args) => client.sendCommand(args),
    duplicate: () => twinOf(client.duplicate()),
    hint: () => (client.isOpen ? "" : " (it is not connected: await client.connect())"),
  };
}

function nodeRedisCluster(client: NodeRedisCluster): Dialect {
  return {
    isCluster: true,
    ...ALWAYS,
    send: (args, key, timeoutMs) => client.sendCommand(key, false, args, { timeout: timeoutMs }),
    duplicate: () => twinOf(client.duplicate()),
  };
}

function sender(client: CommandSender): Dialect {
  return {
    isCluster: client.isCluster ?? false,
    ...ALWAYS,
    send: ([command = "", ...args]) => client.send(command, args),
    duplicate() {
      if (client.duplicate === undefined) {
        throw new TypeError("Cannot open a second connection: client must have a method duplicate, got none");
      }
      const opened = Promise.resolve(client.duplicate());
      return { opened, close: () => void opened.then((twin) => twin.close?.(), ignore) };
    },
  };
}

/** Connecting, it tries again for as long as it is told to: until it is closed. */
function twinOf(twin: NodeRedisClient | NodeRedisCluster): Twin {
  twin.on("error", ignore);
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    try {
      twin.destroy();
    } catch {
      // It was closed already, or was not open yet.
    }
  };
  const opened = twin.connect().then(() => {
    if (isClosed) twin.destroy();
    return twin;
  });
  return { opened, close };
}

/** A client of node-redis that gives up tells of an error, and no more. */
function listen(client: IoredisClient | NodeRedisClient, listener: () => void): () => void {
  const events = ["ready", "end", "error"] as const;
  for (const event of events) client.on(event, listener);
  return () => {
    for (const event of events) client.off(event, listener);
  };
}

function ignore(): void {
  // The commands hear of it.
}
