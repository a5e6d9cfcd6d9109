import { describe, expect, it } from "vitest";
import { checkDelay } from "./delay.ts";

describe("checkDelay", () => {
  it("returns a delay, and undefined for stop", () => {
    for (const delayMs of [0, 0.5, 1e15, undefined]) expect(checkDelay(delayMs, "why")).toBe(delayMs);
  });

  it("refuses anything else with the error that led to it", () => {
    expect(() => checkDelay(-1, "why")).toThrow(
      new RangeError("Cannot retry: policy.nextDelayMs() must be a number >= 0 or undefined, got -1", { cause: "why" }),
    );
    expect(() => checkDelay(null as never, "why")).toThrow(
      new TypeError("Cannot retry: policy.nextDelayMs() must be a number >= 0 or undefined, got null", {
        cause: "why",
      }),
    );
  });
});
