import { Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { describe, expect, it } from "vitest";
import { normalize, REDIS_DEDUP_DEFAULTS } from "./redis-dedup-options.ts";

const client = new Redis({ lazyConnect: true });

function resolve(options: object) {
  return normalize({ client, namespace: "a", ...options });
}

describe("options of a RedisDedupStore", () => {
  it("are filled in", () => {
    const undefineds = { prefix: undefined, timeoutMs: undefined, shards: undefined };
    for (const options of [{}, undefineds]) {
      const { connection, ...resolved } = resolve(options);
      expect({ ...resolved, timeoutMs: connection.timeoutMs }).toEqual({ ...REDIS_DEDUP_DEFAULTS, namespace: "a" });
    }
    expect(Object.isFrozen(REDIS_DEDUP_DEFAULTS)).toBe(true);
  });

  it.each([
    [{ client: undefined }, TypeError, "client must be one of ioredis or node-redis, got undefined"],
    [{ client: {} }, TypeError, "client must be one of ioredis or node-redis"],
    [{ namespace: undefined }, TypeError, "namespace must be a string that is not empty, got undefined"],
    [{ namespace: "" }, RangeError, 'namespace must be a string that is not empty, got ""'],
    [{ prefix: 7 }, TypeError, "prefix must be a string without braces, got 7"],
    [{ prefix: "{a}" }, RangeError, 'prefix must be a string without braces, got "{a}"'],
    [
      { timeoutMs: 0 },
      RangeError,
      "Cannot create a RedisDedupStore: timeoutMs must be a number > 0 or Infinity, got 0",
    ],
    [{ shards: 0 }, RangeError, "shards must be a whole number >= 1 and <= 1024, got 0"],
    [{ shards: 1.5 }, RangeError, "shards must be a whole number"],
    [{ shards: "2" }, TypeError, "shards must be a whole number"],
  ])("%o are refused", (options, kind, message) => {
    expect(() => resolve(options)).toThrow(kind);
    expect(() => resolve(options)).toThrow(message);
  });

  it("never print an address, for it may hold a password", () => {
    const address = "redis://:secret@localhost";
    expect(() => resolve({ client: address })).toThrow("client must be");
    expect(() => resolve({ client: address })).not.toThrow("secret");
  });

  it("have no other names: a client alone leads to { client, namespace }", () => {
    const rule = "Cannot create a RedisDedupStore: options must be an object with only client, namespace, prefix";
    const clients = [client, createClient(), createCluster({ rootNodes: [] })];
    const wrong = [...clients, { client, namespace: "a", shard: 2 }, null, undefined, "redis://localhost"];
    for (const options of wrong) expect(() => normalize(options as never)).toThrow(rule);
  });

  it.each(["client", "namespace", "prefix", "timeoutMs", "shards"])("take null for a mistake: %s", (name) => {
    const refused = new RegExp(`^Cannot create a Redis(DedupStore|Connection): ${name} must be .*got null$`, "u");
    expect(() => resolve({ [name]: null })).toThrow(refused);
  });

  it("may have any other names, lines of it included", () => {
    expect(resolve({ namespace: "\n", prefix: "" })).toMatchObject({ namespace: "\n", prefix: "" });
    expect(resolve({ timeoutMs: Infinity, shards: 1_024 })).toMatchObject({ shards: 1_024 });
  });
});
