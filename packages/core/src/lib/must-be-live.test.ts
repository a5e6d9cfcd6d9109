import { describe, expect, it } from "vitest";
import { mustBeLive } from "./must-be-live.ts";

describe("mustBeLive", () => {
  it("is content without a signal, or with one that is not aborted", () => {
    mustBeLive("push", {});
    mustBeLive("push", { signal: undefined });
    mustBeLive("push", { signal: new AbortController().signal });
  });

  it("throws the reason of a signal that is aborted", () => {
    expect(() => mustBeLive("push", { signal: AbortSignal.abort("enough") })).toThrow("enough");
  });

  it.each([
    ["an instance of AbortSignal", new AbortController().signal],
    ["100", 100],
    ["null", null],
    ['an object with "timeoutMs"', { timeoutMs: 100 }],
  ])("refuses %s", (shown, options) => {
    expect(() => mustBeLive("push", options as never)).toThrow(
      new TypeError(`Cannot push: options must be an object with only signal, got ${shown}`),
    );
  });
});
