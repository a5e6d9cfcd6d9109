import { describe, expect, it } from "vitest";
import { checkRequest, checkWait } from "./request.ts";

describe("checkRequest", () => {
  it("takes any amount above 0 at any time, fractions and times before 0 included", () => {
    for (const [n, now] of [
      [1, 0],
      [0.5, -1_000],
      [1e9, 1e15],
    ] as const) {
      expect(() => checkRequest("reserve", n, now)).not.toThrow();
    }
  });

  it.each([0, -1, NaN, Infinity, "1" as never, undefined as never])("refuses %s tokens", (n) => {
    expect(() => checkRequest("reserve", n, 0)).toThrow("Cannot reserve: n must be a number > 0");
  });

  it.each([NaN, Infinity, -Infinity, "0" as never, undefined as never])("refuses %s as a time", (now) => {
    expect(() => checkRequest("allow", 1, now)).toThrow("Cannot allow: now must be");
  });
});

describe("checkWait", () => {
  it("takes what is right", () => {
    for (const options of [{}, { maxWaitMs: 0 }, { maxWaitMs: Infinity }, { signal: AbortSignal.abort() }]) {
      expect(() => checkWait(options)).not.toThrow();
    }
  });

  it.each([
    [null, "options must be"],
    [AbortSignal.abort(), "options must be"],
    [{ maxWait: 5 }, "options must be"],
    [{ maxWaitMs: -1 }, "maxWaitMs must be"],
    [{ maxWaitMs: null }, "maxWaitMs must be"],
    [{ signal: null }, "signal must be"],
  ])("refuses %s", (options, complaint) => {
    expect(() => checkWait(options as never)).toThrow(`Cannot wait: ${complaint}`);
  });
});
