import { describe, expect, it } from "vitest";
import { checkHoldMs, checkKey } from "./schedule-call.ts";

describe("the arguments of schedule", () => {
  it("have any string for a key, and nothing else", () => {
    for (const key of ["", "a:b", "\ud83d"]) expect(checkKey(key)).toBe(key);
    for (const key of [5, undefined, {}]) expect(() => checkKey(key as never)).toThrow(TypeError);
    expect(() => checkKey(5 as never)).toThrow("Cannot schedule: key must be a string, got 5");
  });

  it("have a hold, in whole or fractional milliseconds, or the default one", () => {
    expect([checkHoldMs({ holdMs: 0 }, 7), checkHoldMs({ holdMs: 0.5 }, 7)]).toEqual([0, 0.5]);
    for (const options of [undefined, {}, { holdMs: undefined }]) expect(checkHoldMs(options, 7)).toBe(7);
    for (const holdMs of [-1, NaN, Infinity]) expect(() => checkHoldMs({ holdMs }, 7)).toThrow(RangeError);
    for (const holdMs of [null, "1"]) expect(() => checkHoldMs({ holdMs } as never, 7)).toThrow(TypeError);
  });

  it("have no options but that one", () => {
    const rule = "Cannot schedule: options must be an object with only holdMs, got";
    for (const options of [5, null, "5"]) {
      expect(() => checkHoldMs(options as never, 7)).toThrow(`${rule} ${JSON.stringify(options)}`);
    }
    expect(() => checkHoldMs({ hold: 5 } as never, 7)).toThrow(`${rule} an object with "hold"`);
    expect(() => checkHoldMs(new AbortController().signal as never, 7)).toThrow(`${rule} an instance of AbortSignal`);
  });

  it("have a hold no longer than can be kept", () => {
    const rule = { min: 0, max: 100 };
    expect(checkHoldMs({ holdMs: 100 }, 0, rule)).toBe(100);
    expect(() => checkHoldMs({ holdMs: 100.5 }, 0, rule)).toThrow(RangeError);
    expect(checkHoldMs({ holdMs: 1e300 }, 0)).toBe(1e300);
  });
});
