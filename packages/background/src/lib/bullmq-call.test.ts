import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withinBudget } from "./bullmq-call.ts";

const failing = (error: Error) => withinBudget("add", 10, Promise.reject(error)).catch((reason: unknown) => reason);

describe("a call with a budget", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("passes on what it gets in time, and leaves no timer behind", async () => {
    expect(await withinBudget("add", 10, Promise.resolve(0))).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is unavailable when there is no answer in time, and bears a late one", async () => {
    let reject: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_, no) => {
      reject = no;
    });
    const outcome = withinBudget("add", 10, late).catch((reason: unknown) => reason);
    await vi.advanceTimersByTimeAsync(10);
    expect(await outcome).toMatchObject({ code: "DISP_REDIS_UNAVAILABLE", command: "add", reason: "timeout" });
    reject(new Error("late"));
    await vi.advanceTimersByTimeAsync(0);
  });

  it("needs no timer without a limit", async () => {
    const answer = withinBudget("add", Infinity, Promise.resolve(1));
    expect(vi.getTimerCount()).toBe(0);
    expect(await answer).toBe(1);
  });

  it("tells no connection from a server that cannot serve, and both from a wrong command", async () => {
    expect(await failing(new Error("Connection is closed."))).toMatchObject({ reason: "connection" });
    expect(await failing(new Error("LOADING Redis is loading"))).toMatchObject({ reason: "server" });
    for (const error of [new Error("ERR no such command"), new TypeError("cyclic"), new RangeError("too large")]) {
      expect(await failing(error)).toBe(error);
    }
  });
});
