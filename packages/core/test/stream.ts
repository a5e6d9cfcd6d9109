import type { RedisClient } from "@disp/redis";
import { type RedisStreamSourceOptions, redisStreamSource, type StreamEntry } from "@disp/core/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { uniqueName } from "../../../tooling/with-redis.ts";

/** A client as users make it, and what closes it. */
export interface Connected {
  readonly client: RedisClient;
  close(): void;
}

const AGAIN_AFTER_MS = 10;

/** Both kinds of client; they try to connect again every 10 ms. */
export const CLIENTS: Readonly<Record<string, (url: string) => Promise<Connected>>> = {
  "ioredis 6": (url) => {
    const client = new Redis(url, { retryStrategy: () => AGAIN_AFTER_MS });
    client.on("error", () => {});
    return Promise.resolve({ client, close: () => client.disconnect() });
  },
  "node-redis 6": async (url) => {
    const client = createClient({ url, socket: { reconnectStrategy: () => AGAIN_AFTER_MS } });
    client.on("error", () => {});
    await client.connect();
    let isOpen = true;
    const close = (): void => {
      if (isOpen) client.destroy();
      isOpen = false;
    };
    return { client, close };
  },
};

/** Commands that look at a stream from outside. */
export class Bench {
  readonly redis: Redis;
  readonly stream: string;

  constructor(url: string, stream: string = uniqueName()) {
    this.redis = new Redis(url, { retryStrategy: () => AGAIN_AFTER_MS });
    this.redis.on("error", () => {});
    this.stream = stream;
  }

  /** Adds entries with a field `n`, from `first` on. */
  async add(count: number, first = 1): Promise<string[]> {
    const line = this.redis.pipeline();
    for (let n = first; n < first + count; n += 1) line.xadd(this.stream, "*", "n", String(n));
    const replies = (await line.exec()) ?? [];
    return replies.map(([error, id]) => {
      if (error !== null) throw error;
      return String(id);
    });
  }

  /** Adds entries from 1 to `total`, each once, whatever happens to the server meanwhile. */
  async addAll(total: number): Promise<void> {
    for (let n = 1; n <= total; ) {
      const refusal = await this.redis.xadd(this.stream, `${n}-1`, "n", String(n)).then(
        () => "",
        (error: unknown) => (error instanceof Error ? error.message : ""),
      );
      // Added before, and the reply was lost.
      if (refusal === "" || refusal.includes("equal or smaller")) n += 1;
    }
  }

  /** How many entries are pending. */
  async pending(group = "g"): Promise<number> {
    const [count] = (await this.redis.xpending(this.stream, group)) as [number];
    return count;
  }

  /** For each pending entry: id, consumer, idle time, deliveries. */
  async pendingRows(group = "g"): Promise<[id: string, consumer: string, idleMs: number, deliveries: number][]> {
    return (await this.redis.xpending(this.stream, group, "-", "+", 100_000)) as [string, string, number, number][];
  }

  /** The dead letters, as their fields. */
  async dead(key = `${this.stream}:dead`): Promise<Record<string, string>[]> {
    const entries = await this.redis.xrange(key, "-", "+");
    return entries.map(([, fields]) =>
      Object.fromEntries(fields.flatMap((field, index) => (index % 2 === 0 ? [[field, fields[index + 1] ?? ""]] : []))),
    );
  }

  async close(): Promise<void> {
    await this.redis.del(this.stream, `${this.stream}:dead`);
    this.redis.disconnect();
  }
}

/** A source for the group `g`, and what went wrong. */
export function sourceFor(
  client: RedisClient,
  stream: string,
  options: Partial<RedisStreamSourceOptions> = {},
): { source: AsyncIterable<StreamEntry>; errors: unknown[] } {
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  return { source: redisStreamSource({ client, stream, group: "g", consumer: "c", onError, ...options }), errors };
}

export const numberOf = ({ fields }: StreamEntry): number => Number(fields["n"]);

/** 1, 2, ... */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

export const byValue = (a: number, b: number): number => a - b;
