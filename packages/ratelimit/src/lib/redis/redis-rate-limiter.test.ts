import type { CommandSender } from "@disp/redis";
import { Redis } from "ioredis";
import { afterAll, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../../tooling/with-redis.ts";
import type { RedisRateLimiterOptions } from "./options.ts";
import { RedisKeyedRateLimiter } from "./redis-keyed-rate-limiter.ts";
import { RedisRateLimiter } from "./redis-rate-limiter.ts";

const client = new Redis(redisUrl, { lazyConnect: true });
afterAll(() => client.disconnect());

const HOURLY = 1 / 3_600;
const limiterOf = (options: Partial<RedisRateLimiterOptions> = {}) =>
  new RedisRateLimiter({
    client,
    key: uniqueName(),
    ratePerSecond: HOURLY,
    burst: 10,
    timeoutMs: 60_000,
    ...options,
  } as RedisRateLimiterOptions);

describeWithRedis("a limit in Redis", { timeout: 0 }, () => {
  it("is shared by all limiters with its key", async () => {
    const key = uniqueName();
    const [one, other] = [limiterOf({ key }), limiterOf({ key })];
    expect(await one.allow(6)).toBe(true);
    expect(await other.allow(6)).toBe(false);
    expect(await other.check(4)).toEqual({ allowed: true, remaining: 0 });
    expect([await one.allow(), await one.peek(), await limiterOf().peek()]).toEqual([false, 0, 10]);
  });

  it("waits until the tokens are there, not before", async () => {
    const limiter = limiterOf({ ratePerSecond: 20, burst: 1 });
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 5 }, () => limiter.wait()));
    // The first one at once, and four tokens; clocks of processes may differ by a little.
    expect(performance.now() - startedAt).toBeGreaterThan(195);
  });

  it("turns away who would wait too long, as soon as that is known", async () => {
    const limiter = limiterOf();
    await limiter.wait(10);
    await expect(limiter.wait(1, { maxWaitMs: 60_000 })).rejects.toMatchObject({ code: "DISP_RATE_LIMIT_EXCEEDED" });
    await expect(limiter.wait(11)).rejects.toMatchObject({ waitMs: Infinity });
  });

  it("takes nothing for a wait that is aborted while its tokens are on their way", async () => {
    const key = uniqueName();
    const arrived: (() => void)[] = [];
    let holdReplies = true;
    const slow: CommandSender = {
      send: async (command, args) => {
        const reply = await client.call(command, args);
        if (holdReplies) await new Promise<void>((resolve) => arrived.push(resolve));
        return reply;
      },
    };
    const limiter = limiterOf({ client: slow, key });
    const controller = new AbortController();
    const wait = limiter.wait(4, { signal: controller.signal });
    while ((await limiterOf({ key }).peek()) === 10) await new Promise((resolve) => setImmediate(resolve));
    controller.abort("bye");
    await expect(wait).rejects.toBe("bye");
    expect(await limiterOf({ key }).peek()).toBe(6);
    holdReplies = false;
    for (const arrive of arrived) arrive();
    await limiter.close();
    expect(await limiterOf({ key }).peek()).toBe(10);
  });

  it("can be penalized and reset for all", async () => {
    const key = uniqueName();
    const [one, other] = [limiterOf({ key }), limiterOf({ key })];
    await one.penalize(60_000);
    const denied = await other.check();
    expect(!denied.allowed && denied.retryAfterMs > 10_000 && denied.retryAfterMs <= 60_000).toBe(true);
    await other.reset();
    expect(await one.check(10)).toEqual({ allowed: true, remaining: 0 });
  });

  it("refuses wrong options", () => {
    expect(() => limiterOf({ key: undefined as never })).toThrow(
      "Cannot create a RedisRateLimiter: key must be a string, got undefined",
    );
    expect(() => limiterOf({ lease: { tokens: 11 } })).toThrow(
      "Cannot create a RedisRateLimiter: lease.tokens must be a whole number >= 1 and <= 10, got 11",
    );
  });
});

describeWithRedis("a lease", { timeout: 0 }, () => {
  it("is spent without a call, and given back when the limiter is closed", async () => {
    const key = uniqueName();
    const limiter = limiterOf({ key, lease: { tokens: 4, ttlMs: 60_000 } });
    expect(await limiter.allow()).toBe(true);
    // One was asked for, and four ahead; two of them are spent, and two more asked for.
    expect([await limiter.peek(), await limiter.check(), await limiter.allow()]).toEqual([
      5,
      { allowed: true, remaining: 3 },
      true,
    ]);
    await limiter.wait();
    expect(await limiterOf({ key }).peek()).toBeLessThanOrEqual(5);
    await limiter.close();
    expect(await limiterOf({ key }).peek()).toBe(6);
    await expect(limiter.allow()).rejects.toMatchObject({ code: "DISP_RATE_LIMITER_CLOSED" });
    await expect(limiter.wait()).rejects.toMatchObject({ action: "wait" });
  });

  it("answers at once with one promise for all", async () => {
    const limiter = limiterOf({ lease: { tokens: 8, ttlMs: 60_000 } });
    await limiter.wait();
    await limiter.peek();
    expect(limiter.wait()).toBe(limiter.wait(1, { signal: new AbortController().signal }));
    expect(limiter.allow()).toBe(limiter.allow());
    await expect(limiter.wait(1, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    await expect(limiter.wait(1, { maxWaitMs: NaN })).rejects.toThrow("maxWaitMs");
    await expect(limiter.wait(1, null as never)).rejects.toThrow("options must be an object with only");
    await expect(limiter.wait(1, new AbortController().signal as never)).rejects.toThrow(
      "got an instance of AbortSignal",
    );
    await limiter.close();
  });

  it("holds tokens for no longer than it may", async () => {
    const key = uniqueName();
    const limiter = limiterOf({ key, lease: { tokens: 4, ttlMs: 50 } });
    await limiter.allow();
    await limiter.peek();
    // The lease really has to end.
    while ((await limiterOf({ key }).peek()) < 9) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await limiterOf({ key }).peek()).toBe(9);
    await limiter.close();
  });

  it("goes on token by token when there are few", async () => {
    const key = uniqueName();
    const limiter = limiterOf({ key, lease: { tokens: 10, ttlMs: 60_000 } });
    const answers: boolean[] = [];
    for (let time = 0; time < 15; time += 1) answers.push(await limiter.allow());
    expect(answers.filter(Boolean)).toHaveLength(10);
    expect(answers.slice(0, 10).every(Boolean)).toBe(true);
    await limiter.close();
  });
});

it("takes no options that it does not know, and says how to get a client", () => {
  const base = { client, key: "a", ratePerSecond: 1 };
  expect(() => limiterOf({ leases: { tokens: 1 } } as never)).toThrow('got an object with "leases"');
  expect(() => new RedisRateLimiter(null as never)).toThrow("Cannot create a RedisRateLimiter: options must be");
  expect(() => new RedisRateLimiter({ ...base, lease: null as never })).toThrow("lease must be an object with only");
  expect(() => new RedisKeyedRateLimiter(base)).toThrow('got an object with "key"');
  for (const wrong of [undefined, "redis://localhost", Promise.resolve(client)]) {
    expect(() => new RedisRateLimiter({ ...base, client: wrong as never })).toThrow(
      "client must be one of ioredis or node-redis",
    );
  }
});
