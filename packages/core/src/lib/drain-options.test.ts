import { describe, expect, it } from "vitest";
import { checkDrain } from "./drain-options.ts";

describe("checkDrain", () => {
  it("fills in that there is no deadline", () => {
    expect(checkDrain({})).toEqual({ timeoutMs: Infinity, signal: undefined });
  });

  it.each([
    ["options must be an object with only timeoutMs, signal, got 1000", 1_000],
    ['options must be an object with only timeoutMs, signal, got an object with "timeout"', { timeout: 1_000 }],
    ["options must be an object with only timeoutMs, signal, got null", null],
    ["timeoutMs must be a number >= 0 or Infinity, got NaN", { timeoutMs: Number.NaN }],
    ["signal must be an AbortSignal, got 5", { signal: 5 }],
  ])("says that %s", (message, options) => {
    expect(() => checkDrain(options as never)).toThrow(`Cannot drain: ${message}`);
  });
});
