/** A client of ioredis, version 5 or later: `new Redis(...)`, or `new Cluster(...)`. */
export interface IoredisClient {
  /** What the connection does: `"ready"`, `"connecting"`, `"wait"` and so on. */
  readonly status: string;
  /** Whether it talks to a cluster. */
  readonly isCluster: boolean;
  /** Sends any command. */
  call(command: string, args: string[]): Promise<unknown>;
  /** Begins to connect. */
  connect(): Promise<unknown>;
  /** Ends the connection at once. */
  disconnect(): void;
  /** Another client with the same settings. */
  duplicate(): IoredisClient;
  /** Listens to an event. */
  on(event: "error" | "ready" | "end", listener: () => void): unknown;
  /** Ends listening. */
  off(event: "error" | "ready" | "end", listener: () => void): unknown;
}

/** A client of node-redis, version 5 or later: `createClient(...)`, connected by you, with an `error` listener of yours. */
export interface NodeRedisClient {
  /** Whether it was connected and not closed. */
  readonly isOpen: boolean;
  /** Whether commands can be sent now. */
  readonly isReady: boolean;
  /** Sends any command. */
  sendCommand(args: string[]): Promise<unknown>;
  /** Begins to connect. */
  connect(): Promise<unknown>;
  /** Ends the connection at once. */
  destroy(): void;
  /** Another client with the same settings. */
  duplicate(): NodeRedisClient;
  /** Listens to an event. */
  on(event: "error" | "ready" | "end", listener: () => void): unknown;
  /** Ends listening. */
  off(event: "error" | "ready" | "end", listener: () => void): unknown;
}

/** A cluster of node-redis, version 5 or later: `createCluster(...)`, connected by you, with an `error` listener of yours. */
export interface NodeRedisCluster {
  /** The nodes by their address: how a cluster is told from a client. */
  readonly nodeByAddress: ReadonlyMap<string, unknown>;
  /** Sends any command to the node of a key. `timeout` = milliseconds after which one that was not sent yet is dropped. */
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
    options?: { readonly timeout?: number },
  ): Promise<unknown>;
  /** Begins to connect. */
  connect(): Promise<unknown>;
  /** Ends all connections at once. */
  destroy(): void;
  /** Another client with the same settings. */
  duplicate(): NodeRedisCluster;
  /** Listens to an event. */
  on(event: "error", listener: () => void): unknown;
}

/** The least that a client must be able to do. The client of Bun has it; for any other one it is quickly written. */
export interface CommandSender {
  /** Sends any command. Bulk strings come as strings, whole numbers as numbers, nothing as null; errors reject. */
  send(command: string, args: string[]): Promise<unknown>;
  /** Whether it talks to a cluster, so that the keys of one call must have one slot. */
  readonly isCluster?: boolean;
  /** Another connection to the same server, for commands that block. */
  duplicate?(): CommandSender | Promise<CommandSender>;
  /** Ends the connection at once. Asked for in duplicates alone. */
  close?(): void;
}

/** A client that the caller has made, configured and connected; it stays the caller's, who also closes it. */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedisCluster | CommandSender;
