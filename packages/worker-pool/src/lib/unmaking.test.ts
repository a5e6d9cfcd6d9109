import { noRetry } from "@disp/retry";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ResolvedFactory } from "./making.ts";
import { Unmaking } from "./unmaking.ts";

describe("Unmaking", () => {
  const onGone = vi.fn();
  const onFailed = vi.fn();
  const unmake = (destroy: ResolvedFactory<string>["destroy"]): void => {
    const timeouts = { createTimeoutMs: 100, destroyTimeoutMs: 100 };
    const factory = { create: () => "made", destroy, isUsable: () => true, retry: noRetry(), ...timeouts };
    new Unmaking(factory, { onGone, onFailed }).start("made", performance.now(), { keepAlive: true });
  };

  beforeEach(() => {
    vi.useFakeTimers();
    for (const hook of [onGone, onFailed]) hook.mockReset();
  });

  afterEach(() => void vi.useRealTimers());

  it("tells when it is gone, and leaves no timer", async () => {
    const destroy = vi.fn(() => new Promise((resolve) => setTimeout(resolve, 10)));
    unmake(destroy);
    await vi.advanceTimersByTimeAsync(9);
    expect(onGone).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect([destroy.mock.calls, onGone.mock.calls.length, onFailed.mock.calls]).toEqual([[["made"]], 1, []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tells what was thrown or rejected, whatever it is", async () => {
    unmake(() => {
      throw new Error("thrown");
    });
    unmake(() => Promise.reject(new Error("rejected")));
    unmake(() => Promise.reject<undefined>(undefined));
    await vi.advanceTimersByTimeAsync(0);
    expect(onFailed.mock.calls.map(([error]) => (error as Error).message)).toEqual([
      "thrown",
      "rejected",
      "Cannot destroy a worker: destroy must not reject, got no reason",
    ]);
    expect(onGone).toHaveBeenCalledTimes(3);
  });

  it("waits no longer than it was told, and says so", async () => {
    unmake(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(100);
    expect(onFailed.mock.calls[0]?.[0]).toMatchObject({
      name: "WorkerDestroyTimeoutError",
      code: "DISP_WORKER_DESTROY_TIMEOUT",
      timeoutMs: 100,
    });
    expect(onGone).toHaveBeenCalledTimes(1);
  });
});
