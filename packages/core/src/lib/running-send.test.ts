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
    const { context } = new RunningSend(someLease(), 0, 50);
    expect(context.attempt).toBe(1);
    expect({ ...context }).toEqual({ signal: expect.any(AbortSignal) as AbortSignal, attempt: 1 });
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
