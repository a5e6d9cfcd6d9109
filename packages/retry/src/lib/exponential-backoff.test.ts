import { afterEach, describe, expect, it, vi } from "vitest";
import {
  EXPONENTIAL_BACKOFF_DEFAULTS,
  exponentialBackoff,
  type ExponentialBackoffOptions,
} from "./exponential-backoff.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const NAMES = "initialMs, multiplier, maxMs, maxRetries, jitter, random";

describe("exponentialBackoff", () => {
  it("starts at 200 ms, grows by a fifth, ends at a minute and never stops by default", () => {
    const policy = exponentialBackoff();
    expect(policy.nextDelayMs(1)).toBe(200);
    expect(policy.nextDelayMs(2)).toBe(240);
    expect(policy.nextDelayMs(3)).toBe(288);
    expect(policy.nextDelayMs(1_000)).toBe(60_000);
  });

  it("does not overflow, however often something failed", () => {
    expect(exponentialBackoff().nextDelayMs(1e9)).toBe(60_000);
    expect(exponentialBackoff({ multiplier: 1e9 }).nextDelayMs(Infinity)).toBe(60_000);
    expect(exponentialBackoff({ maxMs: Infinity }).nextDelayMs(1e9)).toBe(Number.MAX_SAFE_INTEGER);
    expect(exponentialBackoff({ initialMs: 0 }).nextDelayMs(1e9)).toBe(0);
  });

  it("keeps the first delay below maxMs too", () => {
    expect(exponentialBackoff({ maxMs: 50 }).nextDelayMs(1)).toBe(50);
  });

  it("stops after maxRetries retries", () => {
    const policy = exponentialBackoff({ maxRetries: 2 });
    expect([1, 2, 3, 4].map((attempt) => policy.nextDelayMs(attempt))).toEqual([200, 240, undefined, undefined]);
    expect(exponentialBackoff({ maxRetries: 0 }).nextDelayMs(1)).toBeUndefined();
  });

  it("spreads the whole delay with full jitter and half of it with equal jitter", () => {
    const drawn = (jitter: "full" | "equal", value: number) =>
      exponentialBackoff({ initialMs: 100, jitter, random: () => value }).nextDelayMs(1);
    expect([0, 0.25, 0.5].map((value) => drawn("full", value))).toEqual([0, 25, 50]);
    expect([0, 0.25, 0.5].map((value) => drawn("equal", value))).toEqual([50, 62.5, 75]);
  });

  it("draws from Math.random as it is at the time of the call", () => {
    const policy = exponentialBackoff({ jitter: "full" });
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    expect(policy.nextDelayMs(1)).toBe(100);
  });

  it.each([
    [-1, 0],
    [-Infinity, 0],
    [2, 100],
    [Infinity, 100],
    [NaN, 100],
  ])("keeps the delay in bounds when random() returns %s", (value, delayMs) => {
    expect(exponentialBackoff({ initialMs: 100, jitter: "full", random: () => value }).nextDelayMs(1)).toBe(delayMs);
  });

  it("serves two batches that fail in turns as if each had a policy of its own", () => {
    const shared = exponentialBackoff({ multiplier: 2, maxRetries: 3 });
    const delays: unknown[] = [];
    for (const attempt of [1, 2, 3, 4]) delays.push(shared.nextDelayMs(attempt), shared.nextDelayMs(attempt));
    expect(delays).toEqual([200, 200, 400, 400, 800, 800, undefined, undefined]);
  });

  it("gives up within seconds after ten retries, and within minutes after twenty that double", () => {
    const totalMs = (options: ExponentialBackoffOptions): number => {
      const policy = exponentialBackoff(options);
      let sum = 0;
      for (let attempt = 1, delayMs = policy.nextDelayMs(1); delayMs !== undefined; ) {
        sum += delayMs;
        attempt += 1;
        delayMs = policy.nextDelayMs(attempt);
      }
      return sum;
    };
    expect(totalMs({ maxRetries: 10 })).toBeCloseTo(5_191.7, 1);
    expect(totalMs({ maxRetries: 10, jitter: "full", random: () => 0.5 })).toBeCloseTo(2_595.9, 1);
    expect(totalMs({ multiplier: 2, maxMs: 30_000, maxRetries: 20 })).toBe(411_000);
  });

  it("cannot be changed, nor can its defaults", () => {
    const options = { initialMs: 10 };
    const policy = exponentialBackoff(options);
    options.initialMs = 99;
    expect(policy.nextDelayMs(1)).toBe(10);
    expect(Object.isFrozen(policy)).toBe(true);
    expect(Object.isFrozen(EXPONENTIAL_BACKOFF_DEFAULTS)).toBe(true);
  });

  it("takes an option that is undefined for one that is absent", () => {
    expect(exponentialBackoff({ initialMs: undefined }).nextDelayMs(1)).toBe(200);
  });

  it.each([
    [{ initialMs: -1 }, RangeError, "initialMs must be a number >= 0, got -1"],
    [{ initialMs: NaN }, RangeError, "initialMs must be a number >= 0, got NaN"],
    [{ initialMs: Infinity }, RangeError, "initialMs must be a number >= 0, got Infinity"],
    [{ initialMs: "5" }, TypeError, 'initialMs must be a number >= 0, got "5"'],
    [{ multiplier: 0.5 }, RangeError, "multiplier must be a number >= 1, got 0.5"],
    [{ multiplier: Infinity }, RangeError, "multiplier must be a number >= 1, got Infinity"],
    [{ maxMs: -5 }, RangeError, "maxMs must be a number >= 0 or Infinity, got -5"],
    [{ maxRetries: 1.5 }, RangeError, "maxRetries must be a whole number >= 0 or Infinity, got 1.5"],
    [{ maxRetries: -1 }, RangeError, "maxRetries must be a whole number >= 0 or Infinity, got -1"],
    [{ maxRetries: null }, TypeError, "maxRetries must be a whole number >= 0 or Infinity, got null"],
    [{ jitter: "some" }, TypeError, 'jitter must be "none" or "full" or "equal", got "some"'],
    [{ jitter: true }, TypeError, 'jitter must be "none" or "full" or "equal", got true'],
    [{ random: 0.5 }, TypeError, "random must be a function, got 0.5"],
    [null, TypeError, `options must be an object with only ${NAMES}, got null`],
    [500, TypeError, `options must be an object with only ${NAMES}, got 500`],
    [{ delayMs: 5 }, TypeError, `options must be an object with only ${NAMES}, got an object with "delayMs"`],
  ])("refuses %o", (options, kind, complaint) => {
    expect(() => exponentialBackoff(options as never)).toThrow(kind);
    expect(() => exponentialBackoff(options as never)).toThrow(`Cannot create an exponential backoff: ${complaint}`);
  });

  it.each([0, -1, 1.5, NaN])("refuses to be asked about attempt %s", (attempt) => {
    expect(() => exponentialBackoff().nextDelayMs(attempt)).toThrow(
      `Cannot ask a RetryPolicy: attempt must be a whole number >= 1 or Infinity, got ${attempt}`,
    );
  });
});
