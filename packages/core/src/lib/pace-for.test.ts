import { RateLimiter } from "@disp/ratelimit";
import { expect, it } from "vitest";
import { AsyncLimiterPace } from "./async-limiter-pace.ts";
import { LimiterPace } from "./limiter-pace.ts";
import { FreePace } from "./pace.ts";
import { paceFor } from "./pace-for.ts";

it("a limiter that can answer at once is asked to, even if it could also answer later", () => {
  const wake = () => {};
  expect(paceFor(undefined, wake)).toBeInstanceOf(FreePace);
  expect(paceFor(new RateLimiter({ ratePerSecond: 1 }), wake)).toBeInstanceOf(LimiterPace);
  expect(paceFor({ wait: () => Promise.resolve() }, wake)).toBeInstanceOf(AsyncLimiterPace);
});
