import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fixedDelay } from "./fixed-delay.ts";
import { honorRetryAfter } from "./honor-retry-after.ts";
import { noRetry } from "./no-retry.ts";
import { retry } from "./retry.ts";

const MONTH_MS = 30 * 24 * 3_600_000;
const OPTIONS =
  "options, such as { policy: exponentialBackoff({ maxRetries: 3 }) }, must be an object with only policy, signal";

/** Fails `failures` times with the number of the attempt, then succeeds with it. */
function failing(failures: number): (context: { attempt: number }) => Promise<number> {
  return async ({ attempt }) => {
    if (attempt <= failures) throw new Error(`attempt ${attempt}`);
    return attempt;
  };
}

async function fate(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => ({ value, at: performance.now() }),
    (reason: unknown) => ({ reason, at: performance.now() }),
  );
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("retry", () => {
  it("returns the first success, synchronous or not, without waiting", async () => {
    expect(await retry(({ attempt }) => attempt)).toBe(1);
    expect(await retry(failing(0))).toBe(1);
  });

  it("waits between attempts as the policy says", async () => {
    const result = fate(retry(failing(3), { policy: fixedDelay({ delayMs: 100 }) }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await result).toEqual({ value: 4, at: 300 });
  });

  it("takes a synchronous throw for a failed attempt", async () => {
    const result = retry(
      ({ attempt }) => {
        if (attempt === 1) throw new Error("at once");
        return attempt;
      },
      { policy: fixedDelay({ delayMs: 1 }) },
    );
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toBe(2);
  });

  it("rejects with the last error once the policy stops", async () => {
    const result = fate(retry(failing(9), { policy: fixedDelay({ delayMs: 10, maxRetries: 2 }) }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await result).toEqual({ reason: new Error("attempt 3"), at: 20 });
    await expect(retry(failing(9), { policy: noRetry() })).rejects.toThrow("attempt 1");
  });

  it("asks the policy about the attempt and its error", async () => {
    const nextDelayMs = vi.fn(() => undefined);
    await expect(retry(failing(1), { policy: { nextDelayMs } })).rejects.toThrow("attempt 1");
    expect(nextDelayMs).toHaveBeenCalledExactlyOnceWith(1, new Error("attempt 1"));
  });

  it("tries eleven times by default, with full jitter", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const run = vi.fn(failing(99));
    const result = fate(retry(run));
    await vi.advanceTimersByTimeAsync(99);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(run).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await result).toMatchObject({ reason: new Error("attempt 11") });
  });

  it("lets other work run between attempts that follow at once", async () => {
    const result = retry(failing(1), { policy: fixedDelay({ delayMs: 0 }) });
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toBe(2);
  });

  it("keeps delays beyond the longest of setTimeout", async () => {
    const result = fate(retry(failing(1), { policy: fixedDelay({ delayMs: MONTH_MS }) }));
    await vi.advanceTimersByTimeAsync(MONTH_MS);
    expect(await result).toEqual({ value: 2, at: MONTH_MS });
  });

  it("runs nothing when the signal is aborted already", async () => {
    const run = vi.fn();
    await expect(retry(run, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(run).not.toHaveBeenCalled();
  });

  it("wakes from its wait at once when aborted, and leaves no timer", async () => {
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    const result = fate(retry(failing(9), { policy: fixedDelay({ delayMs: 100 }), signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(150);
    expect(removed).toHaveBeenCalledTimes(1);
    controller.abort("enough");
    expect(await result).toEqual({ reason: "enough", at: 150 });
  });

  it("tells a running attempt of the abort and waits for it", async () => {
    const controller = new AbortController();
    let succeed: ((value: string) => void) | undefined;
    const seen: unknown[] = [];
    const result = retry(
      ({ signal }) => {
        seen.push(signal);
        return new Promise<string>((resolve) => {
          succeed = resolve;
        });
      },
      { signal: controller.signal },
    );
    controller.abort("enough");
    succeed?.("made it");
    expect(await result).toBe("made it");
    expect(seen).toEqual([controller.signal]);
  });

  it("rejects with the signal's reason when the attempt fails after the abort, even if it was the last", async () => {
    const controller = new AbortController();
    const result = retry(
      async () => {
        controller.abort("enough");
        throw new Error("because of it");
      },
      { signal: controller.signal, policy: noRetry() },
    );
    await expect(result).rejects.toBe("enough");
  });

  it("does not wait when the policy itself aborts", async () => {
    const controller = new AbortController();
    const policy = {
      nextDelayMs: () => {
        controller.abort("enough");
        return 1_000;
      },
    };
    await expect(retry(failing(9), { policy, signal: controller.signal })).rejects.toBe("enough");
  });

  describe("with a policy that answers nonsense", () => {
    const cases: [unknown, typeof TypeError | typeof RangeError, string][] = [
      [NaN, RangeError, "NaN"],
      [-1, RangeError, "-1"],
      [Infinity, RangeError, "Infinity"],
      [null, TypeError, "null"],
      ["5", TypeError, '"5"'],
      [Promise.resolve(5), TypeError, "an instance of Promise"],
    ];

    it.each(cases)("does not try again after %s, and says why", async (delayMs, Kind, printed) => {
      const policy = { nextDelayMs: () => delayMs as number };
      for (const each of [policy, honorRetryAfter(policy)]) {
        const run = vi.fn(failing(99));
        const error: unknown = await retry(run, { policy: each }).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(Kind);
        expect(error).toMatchObject({
          message: `Cannot retry: policy.nextDelayMs() must be a number >= 0 or undefined, got ${printed}`,
          cause: new Error("attempt 1"),
        });
        expect(run).toHaveBeenCalledTimes(1);
      }
    });
  });

  it("rejects with what the policy throws", async () => {
    const policy = {
      nextDelayMs: () => {
        throw new Error("mistake");
      },
    };
    await expect(retry(failing(9), { policy })).rejects.toThrow("mistake");
    await expect(retry(failing(9), { policy: honorRetryAfter(policy) })).rejects.toThrow("mistake");
  });

  it.each([
    [[7], "run must be a function, got 7"],
    [[() => 1, null], `${OPTIONS}, got null`],
    [[() => 1, fixedDelay({ delayMs: 1 })], `${OPTIONS}, got an object with "nextDelayMs"`],
    [[() => 1, { maxRetries: 3 }], `${OPTIONS}, got an object with "maxRetries"`],
    [[() => 1, new AbortController().signal], `${OPTIONS}, got an instance of AbortSignal`],
    [[() => 1, { policy: {} }], "policy must be an object with nextDelayMs(), such as exponentialBackoff()"],
    [[() => 1, { policy: null }], "policy must be an object with nextDelayMs(), such as exponentialBackoff()"],
    [[() => 1, { signal: null }], "signal must be an AbortSignal, got null"],
    [[() => 1, { signal: "s" }], 'signal must be an AbortSignal, got "s"'],
  ])("refuses %o", async (args, complaint) => {
    const call = Reflect.apply(retry, undefined, args) as Promise<unknown>;
    await expect(call).rejects.toThrow(TypeError);
    await expect(call).rejects.toThrow(`Cannot retry: ${complaint}`);
  });
});
