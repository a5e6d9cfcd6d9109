import type { RedisClient } from "@disp/redis";
import { describe, expect, it } from "vitest";
import { normalize, REDIS_KEY_LOCK_DEFAULTS, type RedisKeyLockOptions } from "./redis-key-lock-options.ts";

const client: RedisClient = { send: () => Promise.resolve() };

describe("the options of a RedisKeyLock", () => {
  it("have defaults, for what is undefined, too", () => {
    const defaults = { namespace: "batch", prefix: "disp:lock", leaseMs: 10_000, shards: 1, retryMs: 100 };
    expect(REDIS_KEY_LOCK_DEFAULTS).toEqual({ ...defaults, timeoutMs: 1_000 });
    expect(Object.isFrozen(REDIS_KEY_LOCK_DEFAULTS)).toBe(true);
    const none = { namespace: undefined, prefix: undefined, leaseMs: undefined, timeoutMs: undefined };
    for (const options of [{}, { ...none, shards: undefined, retryMs: undefined }]) {
      const { connection, ...rest } = normalize({ client, ...options });
      expect([connection.client, connection.timeoutMs, rest]).toEqual([client, 1_000, defaults]);
    }
  });

  it("take whole milliseconds for a lease, and never fewer than were asked for", () => {
    expect(normalize({ client, leaseMs: 10.01 }).leaseMs).toBe(11);
  });

  it.each<[Partial<Record<keyof RedisKeyLockOptions, unknown>>, string]>([
    [{ client: undefined }, "client must be an object, got undefined"],
    [{ client: {} }, "client must be one of ioredis or node-redis, got an object of another kind"],
    [{ namespace: "" }, 'namespace must be a string that is not empty, got ""'],
    [{ namespace: 5 }, "namespace must be a string that is not empty, got 5"],
    [{ prefix: "a{b}" }, 'prefix must be a string without braces, got "a{b}"'],
    [{ leaseMs: 0 }, "leaseMs must be a number >= 1 and <= 2147483647, got 0"],
    [{ leaseMs: Infinity }, "leaseMs must be a number >= 1 and <= 2147483647, got Infinity"],
    [{ timeoutMs: 0 }, "timeoutMs must be a number > 0 or Infinity, got 0"],
    [{ shards: 1.5 }, "shards must be a whole number >= 1 and <= 1024, got 1.5"],
    [{ retryMs: 0 }, "retryMs must be a number >= 1, got 0"],
  ])("refuse %o", (options, message) => {
    const make = () => normalize({ client, ...options } as RedisKeyLockOptions);
    expect(make).toThrow(message);
    expect(make).toThrow(/^Cannot create a Redis/);
  });

  it("refuse to be nothing", () => {
    expect(() => normalize(undefined as unknown as RedisKeyLockOptions)).toThrow(
      "Cannot create a RedisKeyLock: options must be an object, got undefined",
    );
  });
});
