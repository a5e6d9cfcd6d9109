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
    const { signal, token, ...others } = new Call("load", OWNER, 0).context;
    expect([signal, token, others]).toEqual([expect.any(AbortSignal), 0, {}]);
    expect(new Call("load", OWNER).context.token).toBeUndefined();
  });

  it("makes no signal for a copy of its context, which is without it", () => {
    const made = vi.spyOn(globalThis, "AbortController");
    expect({ ...new Call("load", OWNER, 7).context }).toStrictEqual({ token: 7 });
    expect(made).not.toHaveBeenCalled();
  });

  it("shows each call its own signal", () => {
    const [first, second] = [new Call("load", OWNER), new Call("save", OWNER)];
    const contexts = [first.context, second.context];
    first.abort("late");
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });
});
