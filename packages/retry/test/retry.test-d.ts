import {
  EXPONENTIAL_BACKOFF_DEFAULTS,
  exponentialBackoff,
  FIXED_DELAY_DEFAULTS,
  fixedDelay,
  retry,
  type RetryContext,
  type RetryPolicy,
} from "@disp/retry";
import { describe, expectTypeOf, it } from "vitest";

describe("the types of @disp/retry", () => {
  it("make a policy of any object that decides", () => {
    expectTypeOf(exponentialBackoff()).toEqualTypeOf<RetryPolicy>();
    expectTypeOf<{ nextDelayMs(): number }>().toExtend<RetryPolicy>();
    expectTypeOf<{ nextDelayMs(): Date }>().not.toExtend<RetryPolicy>();
  });

  it("carry the result of an attempt through", () => {
    expectTypeOf(retry(() => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(retry(async () => "text")).toEqualTypeOf<Promise<string>>();
    expectTypeOf(retry<void>)
      .parameter(0)
      .parameter(0)
      .toEqualTypeOf<RetryContext>();
  });

  it("take an option that is undefined for one that is absent", () => {
    const nothing = undefined;
    fixedDelay({ delayMs: 1, maxRetries: nothing });
    exponentialBackoff({
      initialMs: nothing,
      multiplier: nothing,
      maxMs: nothing,
      maxRetries: nothing,
      jitter: nothing,
      random: nothing,
    });
    expectTypeOf(EXPONENTIAL_BACKOFF_DEFAULTS.random).toEqualTypeOf<() => number>();
    expectTypeOf(FIXED_DELAY_DEFAULTS.maxRetries).toEqualTypeOf<number>();
  });

  it("refuse what is no option", () => {
    // @ts-expect-error -- delayMs has no default
    fixedDelay({});
    // @ts-expect-error -- no such jitter
    exponentialBackoff({ jitter: "half" });
  });
});
