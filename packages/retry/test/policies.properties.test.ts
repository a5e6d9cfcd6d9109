import { exponentialBackoff, fixedDelay, honorRetryAfter, type RetryPolicy, retryAfterMs } from "@disp/retry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const shape = fc.record({
  initialMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  multiplier: fc.double({ min: 1, max: 100, noNaN: true }),
  maxMs: fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(Infinity)),
  maxRetries: fc.oneof(fc.nat(50), fc.constant(Infinity)),
});
const attempt = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 2 ** 31 }));
const anyNumber = fc.double();

describe("exponentialBackoff, whatever its options", () => {
  it("never waits shorter after a later failure, and never longer than maxMs", () => {
    fc.assert(
      fc.property(shape, attempt, attempt, (options, one, other) => {
        const policy = exponentialBackoff({ ...options, maxRetries: Infinity });
        const [earlier, later] = [policy.nextDelayMs(Math.min(one, other)), policy.nextDelayMs(Math.max(one, other))];
        expect(earlier).toBeLessThanOrEqual(later!);
        expect(later).toBeLessThanOrEqual(options.maxMs);
        expect(policy.nextDelayMs(1)).toBe(Math.min(options.initialMs, options.maxMs));
      }),
    );
  });

  it("keeps to the bounds of its jitter, whatever random() returns", () => {
    fc.assert(
      fc.property(shape, attempt, anyNumber, (options, asked, drawn) => {
        const open = { ...options, maxRetries: Infinity };
        const whole = exponentialBackoff(open).nextDelayMs(asked)!;
        const full = exponentialBackoff({ ...open, jitter: "full", random: () => drawn }).nextDelayMs(asked);
        const equal = exponentialBackoff({ ...open, jitter: "equal", random: () => drawn }).nextDelayMs(asked);
        expect(full).toBeGreaterThanOrEqual(0);
        expect(full).toBeLessThanOrEqual(whole);
        expect(equal).toBeGreaterThanOrEqual(whole / 2);
        expect(equal).toBeLessThanOrEqual(whole);
      }),
    );
  });
});

describe("every policy with maxRetries", () => {
  it("stops exactly beyond it", () => {
    fc.assert(
      fc.property(shape, attempt, (options, asked) => {
        const policies: RetryPolicy[] = [
          exponentialBackoff(options),
          exponentialBackoff({ ...options, jitter: "full" }),
          fixedDelay({ delayMs: options.initialMs, maxRetries: options.maxRetries }),
          honorRetryAfter(fixedDelay({ delayMs: 1, maxRetries: options.maxRetries })),
        ];
        for (const policy of policies) {
          expect(policy.nextDelayMs(asked, { retryAfterMs: 1 }) === undefined).toBe(asked > options.maxRetries);
        }
      }),
    );
  });
});

describe("retryAfterMs, whatever was thrown", () => {
  it("returns undefined or a finite number of at least 0", () => {
    const value = fc.oneof(fc.anything(), fc.string(), fc.date().map(String));
    const anyHeaders = fc.oneof(
      fc.anything(),
      fc.record({ "retry-after": value }),
      fc.record({ "Retry-After": value }),
    );
    const error = fc.oneof(fc.anything(), fc.record({ retryAfterMs: fc.anything(), headers: anyHeaders }));
    fc.assert(
      fc.property(error, (thrown) => {
        const hint = retryAfterMs(thrown);
        expect(hint === undefined || (Number.isFinite(hint) && hint >= 0)).toBe(true);
      }),
    );
  });

  it("reads every whole number of seconds and every date that HTTP can write", () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), (seconds, now) => {
        expect(retryAfterMs({ headers: { "retry-after": String(seconds) } })).toBe(seconds * 1_000);
        const date = new Date((now + seconds) * 1_000).toUTCString();
        expect(retryAfterMs({ headers: { "retry-after": date } }, now * 1_000)).toBe(seconds * 1_000);
      }),
    );
  });
});
