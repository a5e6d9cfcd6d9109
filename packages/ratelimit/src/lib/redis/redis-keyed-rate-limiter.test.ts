import { Redis } from "ioredis";
import { afterAll, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../../tooling/with-redis.ts";
import type { RedisKeyedRateLimiterOptions } from "./options.ts";
import { RedisKeyedRateLimiter } from "./redis-keyed-rate-limiter.ts";

const client = new Redis(redisUrl, { lazyConnect: true });
afterAll(() => client.disconnect());

const HOURLY = 1 / 3_600;
const limiterOf = (options: Partial<RedisKeyedRateLimiterOptions> = {}) =>
  new RedisKeyedRateLimiter({
    client,
    prefix: uniqueName(),
    ratePerSecond: HOURLY,
    burst: 2,
    timeoutMs: 60_000,
    ...options,
  } as RedisKeyedRateLimiterOptions);

describeWithRedis("a limit per key in Redis", { timeout: 0 }, () => {
  it("is one for each key, whatever its name", async () => {
    const limiter = limiterOf();
    const keys = ["ann", "", "a}b", "{a", "%7D", "}", "ключ"];
    for (const granted of [true, true, false]) {
      expect(await Promise.all(keys.map((key) => limiter.allow(key)))).toEqual(keys.map(() => granted));
    }
  });

  it("says what is left, now and later, without taking when asked to", async () => {
    const limiter = limiterOf();
    expect([await limiter.peek("ann"), await limiter.peek("ann")]).toEqual([2, 2]);
    expect(await limiter.check("ann", 2)).toEqual({ allowed: true, remaining: 0 });
    const denied = await limiter.check("ann");
    expect(denied).toEqual({ allowed: false, remaining: 0, retryAfterMs: expect.any(Number) as unknown });
    expect(!denied.allowed && denied.retryAfterMs > 3_000_000 && denied.retryAfterMs <= 3_600_000).toBe(true);
  });

  it("can be penalized and reset, key by key", async () => {
    const limiter = limiterOf();
    await limiter.penalize("ann", 60_000);
    expect([await limiter.allow("ann"), await limiter.allow("bob")]).toEqual([false, true]);
    await limiter.reset("ann");
    expect([await limiter.allow("ann", 2), await limiter.allow("bob", 2)]).toEqual([true, false]);
  });

  it("waits for each key apart, and turns away when it is closed", async () => {
    const limiter = limiterOf();
    await Promise.all([limiter.wait("ann"), limiter.wait("bob", 2), limiter.wait("ann")]);
    await expect(limiter.wait("ann", 1, { maxWaitMs: 1_000 })).rejects.toMatchObject({ n: 1 });
    const waiting = limiter.wait("bob");
    await limiter.close();
    await expect(waiting).rejects.toMatchObject({ code: "DISP_RATE_LIMITER_CLOSED" });
    await expect(limiter.reset("ann")).rejects.toMatchObject({ action: "reset" });
    await expect(limiter.penalize("ann", 1)).rejects.toMatchObject({ action: "penalize" });
    await limiter[Symbol.asyncDispose]();
  });

  it("refuses wrong options and arguments", async () => {
    expect(() => limiterOf({ ratePerSecond: 0 })).toThrow(
      "Cannot create a RedisKeyedRateLimiter: ratePerSecond must be a number > 0, got 0",
    );
    const limiter = limiterOf();
    await expect(limiter.penalize("ann", -1)).rejects.toThrow(
      "Cannot penalize: ms must be a number >= 0 and <= 1000000000000, got -1",
    );
    await expect(limiter.reset(7 as never)).rejects.toThrow("Cannot reset: key must be a string, got 7");
  });
});
