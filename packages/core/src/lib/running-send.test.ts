import { BatchBuffer, type Lease } from "@disp/buffer";
import { describe, expect, it, vi } from "vitest";
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

  it("makes a signal only for those who look at it: not for a copy of its context, which is without it", () => {
    const made = vi.spyOn(globalThis, "AbortController");
    const { context } = new RunningSend(someLease(), 0, 50);
    expect({ ...context }).toStrictEqual({ attempt: 1 });
    expect(made).not.toHaveBeenCalled();
    expect(context.signal).toBe(context.signal);
    expect(made).toHaveBeenCalledTimes(1);
    made.mockRestore();
  });

  it("shows each send its own signal", () => {
    const [first, second] = [new RunningSend(someLease(), 0, 50), new RunningSend(someLease(), 0, 50)];
    const contexts = [first.context, second.context];
    first.abort("late");
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it("shows an aborted signal to those who look late, and always the same", () => {
    const send = new RunningSend(someLease(), 0, 50);
    const { context } = send;
    send.abort("unheard");
    expect(context.signal.reason).toBe("unheard");
    expect(context.signal).toBe(send.signal);
  });

  it("aborts a signal that was looked at, and keeps the first reason", () => {
    const send = new RunningSend(someLease(), 0, 50);
    const { signal } = send;
    send.abort("first");
    send.abort("second");
    expect(signal.reason).toBe("first");
  });
});
