import {
  allOf,
  type AsyncLimiter,
  KeyedRateLimiter,
  type Limiter,
  RateLimiter,
  type RateLimitExceededError,
  type Reservation,
} from "@disp/ratelimit";
import { describe, expectTypeOf, it } from "vitest";

const limiter = new RateLimiter({ ratePerSecond: 1 });

describe("limiters", () => {
  it("answer at once and later", () => {
    expectTypeOf(limiter).toExtend<Limiter>();
    expectTypeOf(limiter).toExtend<AsyncLimiter>();
    expectTypeOf(limiter.allow()).toEqualTypeOf<boolean>();
    expectTypeOf(limiter.reserve()).toEqualTypeOf<Reservation>();
    expectTypeOf(limiter.wait(1, { signal: AbortSignal.abort(), maxWaitMs: 1 })).toEqualTypeOf<Promise<void>>();
    expectTypeOf(RateLimiter.every(1)).toEqualTypeOf<RateLimiter>();
  });

  it("combine to one of both kinds", () => {
    expectTypeOf(allOf(limiter, allOf(limiter))).toExtend<Limiter & AsyncLimiter>();
    expectTypeOf(allOf(limiter).allow(2)).toEqualTypeOf<boolean>();
    expectTypeOf(allOf(limiter).admits()).toEqualTypeOf<boolean>();
    // @ts-expect-error -- one that only answers later cannot give back what it took
    allOf({ wait: async () => {} });
  });

  it("of others need only the one method", () => {
    expectTypeOf<{ wait(n: number): Promise<void> }>().toExtend<AsyncLimiter>();
    expectTypeOf<{ reserve(n: number, now: number): Reservation }>().toExtend<Limiter>();
    expectTypeOf<{ ok: boolean; delayMs(): number; cancel(): void }>().toExtend<Reservation>();
    expectTypeOf<{ wait(n: number): boolean }>().not.toExtend<AsyncLimiter>();
  });

  it("refuse what is no option", () => {
    // @ts-expect-error -- a rate has no default
    new RateLimiter({});
    // @ts-expect-error -- the unit is part of the name
    new RateLimiter({ rate: 1 });
    // @ts-expect-error -- options by name
    void limiter.wait(1, AbortSignal.abort());
  });
});

describe("a limiter per key", () => {
  it("knows the kind of its keys", () => {
    const perUser = new KeyedRateLimiter<string>({ ratePerSecond: 1 });
    expectTypeOf<KeyedRateLimiter<string>["allow"]>().parameter(0).toEqualTypeOf<string>();
    expectTypeOf(perUser.reserve("ann")).toEqualTypeOf<Reservation>();
    expectTypeOf(perUser.wait("ann")).toEqualTypeOf<Promise<void>>();
    expectTypeOf(perUser.size).toEqualTypeOf<number>();
    // @ts-expect-error -- no such key
    perUser.allow(1);
    // @ts-expect-error -- a limiter needs its key
    perUser.allow();
  });

  it("is no limiter, whatever its keys", () => {
    expectTypeOf<KeyedRateLimiter<number>>().not.toExtend<Limiter>();
    expectTypeOf<KeyedRateLimiter<unknown>>().not.toExtend<Limiter>();
    expectTypeOf<KeyedRateLimiter<unknown>>().not.toExtend<AsyncLimiter>();
    const send = { rateLimit: new RateLimiter({ ratePerSecond: 1 }) } satisfies { rateLimit: Limiter | AsyncLimiter };
    // @ts-expect-error -- it needs the key
    const keyed: { rateLimit: Limiter | AsyncLimiter } = { rateLimit: new KeyedRateLimiter({ ratePerSecond: 1 }) };
    // @ts-expect-error -- it needs the key
    allOf(new KeyedRateLimiter<number>({ ratePerSecond: 1 }));
    expectTypeOf([send, keyed]).toBeArray();
  });
});

describe("the error", () => {
  it("is told apart by its code and says how long it would take", () => {
    expectTypeOf<RateLimitExceededError["code"]>().toEqualTypeOf<"DISP_RATE_LIMIT_EXCEEDED">();
    expectTypeOf<RateLimitExceededError["waitMs"]>().toEqualTypeOf<number>();
  });
});
