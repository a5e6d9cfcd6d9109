import { afterEach, describe, expect, it, vi } from "vitest";
import { Call } from "./call.ts";

const OWNER = { overdue: () => {} };

afterEach(() => {
  vi.restoreAllMocks();
});

describe("Call", () => {
  it("makes a signal only for those who look at it, and always shows the same", () => {
    const made = vi.spyOn(globalThis, "AbortController");
    const { context } = new Call("load", OWNER);
    expect(made).not.toHaveBeenCalled();
    expect(context.signal).toBe(context.signal);
    expect(made).toHaveBeenCalledTimes(1);
  });

  it("tells of its abort, and of the first reason only, early and late", () => {
    const early = new Call("save", OWNER);
    const { signal } = early.context;
    early.abort("first");
    early.abort("second");
    expect([signal.aborted, signal.reason]).toEqual([true, "first"]);
    const late = new Call("save", OWNER);
    late.abort("first");
    late.abort("second");
    expect([late.context.signal.aborted, late.signal.reason]).toEqual([true, "first"]);
  });

  it("shows nothing but the signal and the token", () => {
    const signal = expect.any(AbortSignal) as AbortSignal;
    expect({ ...new Call("load", OWNER).context }).toStrictEqual({ signal, token: undefined });
    expect({ ...new Call("load", OWNER, 0).context }).toStrictEqual({ signal, token: 0 });
  });
});
