import { describe, expect, it } from "vitest";
import { checkStopOptions } from "./stop-options.ts";

describe("the options of stop", () => {
  it("say how long it may take: no time, some, or as long as it takes", () => {
    expect([checkStopOptions({ timeoutMs: 0 }), checkStopOptions({ timeoutMs: 2.5 })]).toEqual([0, 2.5]);
    for (const options of [{}, { timeoutMs: undefined }, { timeoutMs: Infinity }]) {
      expect(checkStopOptions(options)).toBe(Infinity);
    }
    for (const timeoutMs of [-1, NaN]) expect(() => checkStopOptions({ timeoutMs })).toThrow(RangeError);
  });

  it("have yes or no for drain, and nothing that only looks so", () => {
    for (const drain of [true, false, undefined]) expect(checkStopOptions({ drain, timeoutMs: 1 })).toBe(1);
    expect(() => checkStopOptions({ drain: 1 as never })).toThrow("Cannot stop: drain must be a boolean, got 1");
  });

  it("have no other names, and no null", () => {
    const rule = "Cannot stop: options must be an object with only drain, timeoutMs, got";
    expect(() => checkStopOptions(null as never)).toThrow(`${rule} null`);
    expect(() => checkStopOptions(100 as never)).toThrow(`${rule} 100`);
    expect(() => checkStopOptions({ drian: true } as never)).toThrow(`${rule} an object with "drian"`);
    for (const options of [{ drain: null }, { timeoutMs: null }]) {
      expect(() => checkStopOptions(options as never)).toThrow(/^Cannot stop: (drain|timeoutMs) must be .* got null$/u);
    }
  });
});
