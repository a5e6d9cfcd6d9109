import { afterEach, describe, expect, it, vi } from "vitest";
import { AbortContext } from "./abort-context.ts";

class Attempt extends AbortContext {
  readonly attempt = 1;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("AbortContext", () => {
  it("makes a signal only for those who look at it, and always shows the same", () => {
    const made = vi.spyOn(globalThis, "AbortController");
    const context = new Attempt();
    expect(made).not.toHaveBeenCalled();
    expect(context.signal).toBe(context.signal);
    expect(made).toHaveBeenCalledTimes(1);
  });

  it("makes none for a copy, which is without it", () => {
    const made = vi.spyOn(globalThis, "AbortController");
    const context: { readonly attempt: number } = new Attempt();
    expect({ ...context }).toStrictEqual({ attempt: 1 });
    expect(made).not.toHaveBeenCalled();
  });

  it("can be taken apart", () => {
    const context = new Attempt();
    const { signal, attempt } = context;
    expect([signal, attempt]).toEqual([context.signal, 1]);
  });

  it("is aborted whether one looked before or looks afterwards, with the first reason, and alone", () => {
    const [early, late, other] = [new Attempt(), new Attempt(), new Attempt()];
    const { signal } = early;
    for (const context of [early, late]) {
      AbortContext.abort(context, "first");
      AbortContext.abort(context, "second");
    }
    expect([signal.reason, late.signal.reason, other.signal.aborted]).toEqual(["first", "first", false]);
  });
});
