import { describe, expect, it, vi } from "vitest";
import { Run } from "./run.ts";

const REASON = new Error("enough");

describe("Run", () => {
  it("shows its key and its attempt", () => {
    expect(new Run("a", 2)).toMatchObject({ key: "a", attempt: 2 });
  });

  it("makes a signal only when somebody looks at it", () => {
    let made = 0;
    vi.stubGlobal(
      "AbortController",
      class extends AbortController {
        constructor() {
          super();
          made += 1;
        }
      },
    );
    const run = new Run("a", 1);
    expect(made).toBe(0);
    expect(run.signal).toBe(run.signal);
    expect(made).toBe(1);
    vi.unstubAllGlobals();
  });

  it("can be taken apart; a copy has no signal", () => {
    const run = new Run("a", 1);
    const { key, signal, attempt } = run;
    expect([key, signal, attempt]).toEqual(["a", run.signal, 1]);
    expect(Object.entries(run)).toEqual([
      ["key", "a"],
      ["attempt", 1],
    ]);
  });

  it("aborts its signal once, be it looked at before or after", () => {
    const early = new Run("a", 1);
    const { signal } = early;
    const late = new Run("b", 1);
    for (const run of [early, late]) {
      Run.abort(run, REASON);
      Run.abort(run, new Error("again"));
    }
    expect(signal.reason).toBe(REASON);
    expect(late.signal.reason).toBe(REASON);
  });
});
