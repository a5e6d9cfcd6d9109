import { noRetry } from "@disp/retry";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Making, type ResolvedFactory } from "./making.ts";

describe("Making", () => {
  const onMade = vi.fn();
  const onFailed = vi.fn();
  const onUnwanted = vi.fn();
  const make = (create: ResolvedFactory<string>["create"]): Making<string> => {
    const factory = {
      create,
      destroy: () => {},
      isUsable: () => true,
      retry: noRetry(),
      createTimeoutMs: 100,
      destroyTimeoutMs: 100,
    };
    const making = new Making(1, factory, { onMade, onFailed, onUnwanted });
    making.start(performance.now());
    return making;
  };

  beforeEach(() => {
    vi.useFakeTimers();
    for (const hook of [onMade, onFailed, onUnwanted]) hook.mockReset();
  });

  afterEach(() => void vi.useRealTimers());

  it("tells what was made, returned or promised, and never within start", async () => {
    const making = make(() => "now");
    expect(onMade).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(0);
    expect(onMade.mock.calls).toEqual([[making, "now"]]);
    make(async () => "soon");
    await vi.advanceTimersByTimeAsync(0);
    expect(onMade.mock.calls[1]?.[1]).toBe("soon");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tells what was thrown or rejected", async () => {
    make(() => {
      throw new Error("thrown");
    });
    make(() => Promise.reject(new Error("rejected")));
    await vi.advanceTimersByTimeAsync(0);
    expect(onFailed.mock.calls.map(([, error]) => String(error))).toEqual(["Error: thrown", "Error: rejected"]);
  });

  it("fails when it takes too long; what comes then is unwanted", async () => {
    let signal: AbortSignal | undefined;
    make((context) => {
      signal = context.signal;
      return new Promise((resolve) => setTimeout(resolve, 150, "late"));
    });
    await vi.advanceTimersByTimeAsync(99);
    expect(onFailed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    const error: unknown = onFailed.mock.calls[0]?.[1];
    expect(error).toMatchObject({
      name: "WorkerCreateTimeoutError",
      code: "DISP_WORKER_CREATE_TIMEOUT",
      timeoutMs: 100,
    });
    expect(signal?.reason).toBe(error);
    await vi.advanceTimersByTimeAsync(50);
    expect(onUnwanted.mock.calls).toEqual([["late"]]);
    expect(onMade).not.toHaveBeenCalled();
  });

  it("says nothing more once it is called off", async () => {
    const signals: AbortSignal[] = [];
    const making = make(({ signal }) => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    making.callOff("quit");
    making.callOff("again");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(signals[0]?.reason).toBe("quit");
    expect([onMade, onFailed, onUnwanted].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps the process alive only while somebody waits for it", () => {
    vi.useRealTimers();
    const setTimeoutSpy = vi.spyOn(globalThis, "setTimeout");
    const making = make(() => new Promise(() => {}));
    const timer = setTimeoutSpy.mock.results[0]?.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    making.hold(true, performance.now());
    expect(timer.hasRef()).toBe(true);
    making.hold(false, performance.now());
    expect(timer.hasRef()).toBe(false);
    making.callOff("done");
    making.hold(true, performance.now());
    expect(setTimeoutSpy).toHaveBeenCalledTimes(1);
    setTimeoutSpy.mockRestore();
  });
});
