import { describe, expect, it } from "vitest";
import { Call } from "./call.ts";

const OWNER = { overdue: () => {} };

describe("a call", () => {
  it("shows the signal and the token, and nothing else", () => {
    const { context } = new Call("load", OWNER, 0);
    const { signal, token, ...others } = context;
    expect([signal, token, others]).toEqual([context.signal, 0, {}]);
    expect(new Call("load", OWNER).context.token).toBeUndefined();
  });

  it("aborts its own signal, for the first reason", () => {
    const [first, second] = [new Call("load", OWNER), new Call("save", OWNER)];
    first.abort("late");
    first.abort("too late");
    expect([first.context.signal.reason, second.context.signal.aborted]).toEqual(["late", false]);
  });
});
