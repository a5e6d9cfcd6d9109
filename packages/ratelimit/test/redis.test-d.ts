import type { AsyncLimiter } from "@disp/ratelimit";
import {
  type RateLimitDecision,
  RedisKeyedRateLimiter,
  type RedisKeyedRateLimiterOptions,
  type RedisRateLimiterOptions,
  RedisRateLimiter,
  type RateLimiterClosedError,
} from "@disp/ratelimit/redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { describe, expectTypeOf, it } from "vitest";

const client = new Redis({ lazyConnect: true });

describe("a limit in Redis", () => {
  it("is what a Dispatcher takes as its rateLimit", () => {
    expectTypeOf<RedisRateLimiter>().toExtend<AsyncLimiter>();
    expectTypeOf<RedisRateLimiter>().toExtend<AsyncDisposable>();
    expectTypeOf<RedisKeyedRateLimiter>().not.toExtend<AsyncLimiter>();
  });

  it("takes any client", () => {
    for (const each of [client, new Cluster([]), createClient(), createCluster({ rootNodes: [] })]) {
      new RedisRateLimiter({ client: each, key: "api", ratePerSecond: 1 });
    }
  });

  it("has either one limit or tiers", () => {
    new RedisRateLimiter({ client, key: "api", ratePerSecond: 100 / 60, burst: 5, timeoutMs: undefined });
    new RedisRateLimiter({ client, key: "api", tiers: [{ ratePerSecond: 1 }], lease: { tokens: 1 } });
    new RedisKeyedRateLimiter({ client, ratePerSecond: 1, fallback: { share: 0.25 }, onFallback: () => {} });
    // @ts-expect-error -- one limit or several
    const both: RedisRateLimiterOptions = { client, key: "api", ratePerSecond: 1, tiers: [{ ratePerSecond: 1 }] };
    // @ts-expect-error -- the burst stands in each tier
    const burst: RedisRateLimiterOptions = { client, key: "api", burst: 1, tiers: [{ ratePerSecond: 1 }] };
    // @ts-expect-error -- no limit at all
    const none: RedisRateLimiterOptions = { client, key: "api" };
    // @ts-expect-error -- a single limit has a key
    const keyless: RedisRateLimiterOptions = { client, ratePerSecond: 1 };
    // @ts-expect-error -- a lease is for one key
    const leased: RedisKeyedRateLimiterOptions = { client, ratePerSecond: 1, lease: { tokens: 1 } };
    expectTypeOf([both, burst, none, keyless, leased]).toBeArray();
  });

  it("answers with values", () => {
    expectTypeOf<RedisRateLimiter["allow"]>().returns.toEqualTypeOf<Promise<boolean>>();
    expectTypeOf<RedisRateLimiter["check"]>().returns.toEqualTypeOf<Promise<RateLimitDecision>>();
    expectTypeOf<RedisRateLimiter["peek"]>().returns.toEqualTypeOf<Promise<number>>();
    expectTypeOf<RedisRateLimiter["wait"]>().returns.toEqualTypeOf<Promise<void>>();
    expectTypeOf<Extract<RateLimitDecision, { allowed: false }>["retryAfterMs"]>().toEqualTypeOf<number>();
    expectTypeOf<Extract<RateLimitDecision, { allowed: true }>>().not.toHaveProperty("retryAfterMs");
    expectTypeOf<RateLimiterClosedError["code"]>().toEqualTypeOf<"DISP_RATE_LIMITER_CLOSED">();
  });

  it("needs a key for each call when it has many", () => {
    expectTypeOf<RedisKeyedRateLimiter["allow"]>().parameter(0).toEqualTypeOf<string>();
    expectTypeOf<RedisKeyedRateLimiter["wait"]>().parameter(1).toEqualTypeOf<number | undefined>();
  });
});
