import { describe, expect, it } from "vitest";
import { resolveQuit } from "./quit-options.ts";

describe("the options of quit", () => {
  it("are filled in: what waits is handed back, and there is no deadline", () => {
    expect(resolveQuit({})).toEqual({ drain: false, timeoutMs: Infinity, signal: undefined });
  });

  it("are taken as they are", () => {
    const { signal } = new AbortController();
    expect(resolveQuit({ drain: true, timeoutMs: 0, signal })).toEqual({ drain: true, timeoutMs: 0, signal });
  });

  it.each([
    ["options must be an object with only signal, drain, timeoutMs, got 1000", 1_000],
    ['options must be an object with only signal, drain, timeoutMs, got an object with "timeout"', { timeout: 5 }],
    ["drain must be true or false, got 1", { drain: 1 }],
    ["timeoutMs must be a number >= 0 or Infinity, got null", { timeoutMs: null }],
    ["signal must be an AbortSignal, got null", { signal: null }],
  ])("say that %s", (message, options) => {
    expect(() => resolveQuit(options as never)).toThrow(`Cannot quit: ${message}`);
  });
});
