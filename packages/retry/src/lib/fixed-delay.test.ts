import { describe, expect, it } from "vitest";
import { fixedDelay } from "./fixed-delay.ts";

const OPTIONS = "options must be an object with only delayMs, maxRetries";

describe("fixedDelay", () => {
  it("waits the same time after every failure", () => {
    const policy = fixedDelay({ delayMs: 7 });
    expect([1, 2, 1e9].map((attempt) => policy.nextDelayMs(attempt))).toEqual([7, 7, 7]);
    expect(Object.isFrozen(policy)).toBe(true);
  });

  it("stops after maxRetries retries", () => {
    const policy = fixedDelay({ delayMs: 0, maxRetries: 1 });
    expect([1, 2].map((attempt) => policy.nextDelayMs(attempt))).toEqual([0, undefined]);
  });

  it.each([
    [{ delayMs: -1 }, RangeError, "delayMs must be a number >= 0, got -1"],
    [{ delayMs: Infinity }, RangeError, "delayMs must be a number >= 0, got Infinity"],
    [{}, TypeError, "delayMs must be a number >= 0, got undefined"],
    [{ delayMs: 1, maxRetries: NaN }, RangeError, "maxRetries must be a whole number >= 0 or Infinity, got NaN"],
    [{ delayMs: 1, maxRetries: null }, TypeError, "maxRetries must be a whole number >= 0 or Infinity, got null"],
    [{ delayMs: 1, maxRetrys: 2 }, TypeError, `${OPTIONS}, got an object with "maxRetrys"`],
    [undefined, TypeError, `${OPTIONS}, got undefined`],
    [500, TypeError, `${OPTIONS}, got 500`],
  ])("refuses %o", (options, kind, complaint) => {
    expect(() => fixedDelay(options as never)).toThrow(kind);
    expect(() => fixedDelay(options as never)).toThrow(`Cannot create a fixed delay: ${complaint}`);
  });

  it("refuses to be asked about an attempt before the first", () => {
    expect(() => fixedDelay({ delayMs: 1 }).nextDelayMs(0)).toThrow(RangeError);
  });
});
