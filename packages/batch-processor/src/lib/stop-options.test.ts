import { describe, expect, it } from "vitest";
import { checkStopOptions } from "./stop-options.ts";

describe("the options of stop", () => {
  it("say how long it may take", () => {
    expect([checkStopOptions({ timeoutMs: 0 }), checkStopOptions({ timeoutMs: 2.5 })]).toEqual([0, 2.5]);
    for (const options of [{}, { timeoutMs: undefined }]) expect(checkStopOptions(options)).toBe(Infinity);
  });

  it.each([null, 100, { timeout: 5 }, { drain: true }, new AbortController().signal])("are not %o", (options) => {
    const call = () => checkStopOptions(options as never);
    expect(call).toThrow("Cannot stop: options must be an object with only timeoutMs, got ");
  });

  it("take null for a mistake", () => {
    const call = () => checkStopOptions({ timeoutMs: null as never });
    expect(call).toThrow("Cannot stop: timeoutMs must be a number >= 0 or Infinity, got null");
  });
});
