import type { RedisClient } from "@disp/redis";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { normalize, REDIS_KEY_LOCK_DEFAULTS, type RedisKeyLockOptions } from "./redis-key-lock-options.ts";

const client: RedisClient = { send: () => Promise.resolve() };
const needed = { client, namespace: "a" };

describe("the options of a RedisKeyLock", () => {
  it("have defaults, for what is undefined, too", () => {
    const defaults = { prefix: "disp:lock", leaseMs: 10_000, shards: 1, retryMs: 100 };
    expect(REDIS_KEY_LOCK_DEFAULTS).toEqual({ ...defaults, timeoutMs: 400 });
    expect(Object.isFrozen(REDIS_KEY_LOCK_DEFAULTS)).toBe(true);
    const none = { prefix: undefined, leaseMs: undefined, timeoutMs: undefined };
    for (const options of [{}, { ...none, shards: undefined, retryMs: undefined }]) {
      const { connection, ...rest } = normalize({ ...needed, ...options });
      expect([connection.client, connection.timeoutMs, rest]).toEqual([client, 400, { namespace: "a", ...defaults }]);
    }
  });

  it("take whole milliseconds for a lease, and never fewer than were asked for", () => {
    expect(normalize({ ...needed, leaseMs: 10.01 }).leaseMs).toBe(11);
  });

  it.each<[Partial<Record<keyof RedisKeyLockOptions, unknown>>, string]>([
    [{ client: undefined }, "client must be one of ioredis or node-redis, got undefined"],
    [{ client: {} }, "client must be one of ioredis or node-redis, got an object of another kind"],
    [{ namespace: undefined }, "namespace must be a string that is not empty, got undefined"],
    [{ namespace: "" }, 'namespace must be a string that is not empty, got ""'],
    [{ namespace: 5 }, "namespace must be a string that is not empty, got 5"],
    [{ prefix: "a{b}" }, 'prefix must be a string without braces, got "a{b}"'],
    [{ leaseMs: 0 }, "leaseMs must be a number >= 1 and <= 2147483647, got 0"],
    [{ leaseMs: Infinity }, "leaseMs must be a number >= 1 and <= 2147483647, got Infinity"],
    [{ timeoutMs: 0 }, "timeoutMs must be a number > 0 or Infinity, got 0"],
    [{ shards: 1.5 }, "shards must be a whole number >= 1 and <= 1024, got 1.5"],
    [{ retryMs: 0 }, "retryMs must be a number >= 1, got 0"],
  ])("refuse %o", (options, message) => {
    const make = () => normalize({ ...needed, ...options } as RedisKeyLockOptions);
    expect(make).toThrow(message);
    expect(make).toThrow(/^Cannot create a Redis/);
  });

  it("never print an address, for it may hold a password", () => {
    const make = () => normalize({ ...needed, client: "redis://:secret@localhost" as never });
    expect(make).toThrow("client must be");
    expect(make).not.toThrow("secret");
  });

  it("refuse to be nothing", () => {
    const rule = "Cannot create a RedisKeyLock: options must be an object with only client, namespace, prefix, ";
    const wrong = [undefined, null, new Redis({ lazyConnect: true }), { ...needed, lease: 5 }];
    for (const options of wrong) expect(() => normalize(options as never)).toThrow(rule);
  });

  it.each(["client", "namespace", "prefix", "leaseMs", "timeoutMs", "shards", "retryMs"])(
    "take null for a mistake: %s",
    (name) => {
      const refused = new RegExp(`^Cannot create a Redis(KeyLock|Connection): ${name} must be .*got null$`, "u");
      expect(() => normalize({ ...needed, [name]: null })).toThrow(refused);
    },
  );
});
