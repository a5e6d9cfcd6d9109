import { describe, expect, it } from "vitest";
import { pauseMsOf } from "./pause.ts";

describe("what process returns", () => {
  it("is a pause if it is a number", () => {
    for (const ms of [0, 0.5, 2 ** 31 - 1]) expect(pauseMsOf(ms)).toBe(ms);
  });

  it("is no pause if it is anything else", () => {
    for (const answer of [undefined, null, "5", true, {}, 5n]) expect(pauseMsOf(answer)).toBe(0);
  });

  it.each([-1, -Infinity, NaN, Infinity, 2 ** 31, 1_700_000_000_000])("is a mistake if it is %d", (answer) => {
    expect(() => pauseMsOf(answer)).toThrow(RangeError);
    expect(() => pauseMsOf(answer)).toThrow(
      `Cannot pause: a number that process returns is a pause in ms, and must be >= 0 and <= 2147483647 (to return nothing, put the body of process in braces), got ${answer}`,
    );
  });
});
