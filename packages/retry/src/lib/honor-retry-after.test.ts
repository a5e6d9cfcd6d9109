import { describe, expect, it } from "vitest";
import { fixedDelay } from "./fixed-delay.ts";
import { honorRetryAfter } from "./honor-retry-after.ts";
import { noRetry } from "./no-retry.ts";

describe("honorRetryAfter", () => {
  it("waits the longer of the policy's delay and the hint", () => {
    const policy = honorRetryAfter(fixedDelay({ delayMs: 100 }));
    expect(policy.nextDelayMs(1, { retryAfterMs: 5_000 })).toBe(5_000);
    expect(policy.nextDelayMs(1, { retryAfterMs: 5 })).toBe(100);
    expect(policy.nextDelayMs(1)).toBe(100);
    expect(Object.isFrozen(policy)).toBe(true);
  });

  it("stops where the policy stops", () => {
    expect(honorRetryAfter(noRetry()).nextDelayMs(1, { retryAfterMs: 5 })).toBeUndefined();
  });

  it("hands the error on to a policy that looks at it", () => {
    const stopsAtTeapots = { nextDelayMs: (_attempt: number, error?: unknown) => (error === 418 ? undefined : 1) };
    expect(honorRetryAfter(stopsAtTeapots).nextDelayMs(1, 418)).toBeUndefined();
    expect(honorRetryAfter(stopsAtTeapots).nextDelayMs(1, 503)).toBe(1);
  });

  it.each([NaN, -1, null, "5", "soon"])("hides no nonsense that the policy answers: %s", (delayMs) => {
    const policy = honorRetryAfter({ nextDelayMs: () => delayMs as number });
    expect(policy.nextDelayMs(1, { retryAfterMs: 5_000 })).toBe(delayMs);
    expect(policy.nextDelayMs(1)).toBe(delayMs);
  });

  it("refuses what is no policy", () => {
    expect(() => honorRetryAfter({} as never)).toThrow(
      "Cannot honor Retry-After: policy must be an object with nextDelayMs(), such as exponentialBackoff() of @disp/retry, got an object",
    );
  });
});
