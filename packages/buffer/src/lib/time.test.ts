import { describe, expect, it } from "vitest";
import { checkDelay, checkTime } from "./time.ts";

describe("checkTime", () => {
  it("takes any finite time, one before 0 included", () => {
    for (const now of [-1_000, 0, 0.5, 1e15]) expect(() => checkTime(now)).not.toThrow();
  });

  it.each([NaN, Infinity, -Infinity, "0" as never, undefined as never])("refuses %s", (now) => {
    expect(() => checkTime(now)).toThrow(TypeError);
    expect(() => checkTime(now)).toThrow("Cannot use the time: now must be a finite number of milliseconds");
  });
});

describe("checkDelay", () => {
  it("returns the delay, no delay included", () => {
    expect([0, 0.5, 1e15].map((delayMs) => checkDelay("delayMs", delayMs))).toEqual([0, 0.5, 1e15]);
  });

  it.each([
    [-1, RangeError, "-1"],
    [NaN, RangeError, "NaN"],
    [Infinity, RangeError, "Infinity"],
    ["5" as never, TypeError, '"5"'],
    [undefined as never, TypeError, "undefined"],
  ])("refuses %s", (delayMs, Kind, printed) => {
    expect(() => checkDelay("delayMs", delayMs)).toThrow(
      new Kind(`Cannot retry: the delay must be a finite number >= 0 (delayMs), got ${printed}`),
    );
  });
});
