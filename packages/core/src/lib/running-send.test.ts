import { BatchBuffer, type Lease } from "@disp/buffer";
import { describe, expect, it } from "vitest";
import { RunningSend } from "./running-send.ts";

function someLease(): Lease<string> {
  const buffer = new BatchBuffer<string>({ maxItems: 1 });
  buffer.add("a", 0);
  return buffer.lease(0) as Lease<string>;
}

describe("RunningSend", () => {
  it("knows when it times out", () => {
    expect(new RunningSend(someLease(), 100, 50).timesOutAt).toBe(150);
    expect(new RunningSend(someLease(), 100, Infinity).timesOutAt).toBe(Infinity);
  });

  it("shows its attempt and its signal, and nothing else", () => {
    const { signal, attempt, ...others } = new RunningSend(someLease(), 0, 50).context;
    expect([signal, attempt, others]).toEqual([expect.any(AbortSignal), 1, {}]);
  });

  it("aborts its own signal, for the first reason", () => {
    const [first, second] = [new RunningSend(someLease(), 0, 50), new RunningSend(someLease(), 0, 50)];
    first.abort("late");
    first.abort("too late");
    expect([first.context.signal.reason, second.context.signal.aborted]).toEqual(["late", false]);
  });
});
