import type { RateLimitWaitOptions } from "@disp/ratelimit";
import { describe, expect, it, vi } from "vitest";
import { AsyncLimiterPace } from "./async-limiter-pace.ts";

/** A limiter whose answers a test gives by hand. */
class ManualLimiter {
  readonly asked: { grant: () => void; fail: (error: unknown) => void; signal: AbortSignal | undefined }[] = [];

  wait(_: number, options?: RateLimitWaitOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.asked.push({ grant: resolve, fail: reject, signal: options?.signal });
    });
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const wanting = (count: number) => () => count;

describe("AsyncLimiterPace", () => {
  it("asks once for each send that is wanted, and lets one go for each grant", async () => {
    const limiter = new ManualLimiter();
    const wake = vi.fn();
    const pace = new AsyncLimiterPace(limiter, wake);
    expect(pace.take(0, wanting(3))).toBe(false);
    expect(pace.take(0, wanting(3))).toBe(false);
    expect(limiter.asked).toHaveLength(3);
    limiter.asked[1]?.grant();
    await settle();
    expect(wake).toHaveBeenCalledTimes(1);
    expect([pace.take(0, wanting(0)), pace.take(0, wanting(0))]).toEqual([true, false]);
  });

  it("stops asking when there is nothing to send, but keeps what is granted all the same", async () => {
    const limiter = new ManualLimiter();
    const pace = new AsyncLimiterPace(limiter, () => {});
    pace.take(0, wanting(1));
    pace.leave();
    expect(limiter.asked[0]?.signal?.aborted).toBe(true);
    limiter.asked[0]?.grant();
    await settle();
    expect(pace.take(0, wanting(1))).toBe(true);
  });

  it("asks anew although an answer to an earlier, given up question is still open", () => {
    const limiter = new ManualLimiter();
    const pace = new AsyncLimiterPace(limiter, () => {});
    pace.take(0, wanting(1));
    pace.leave();
    pace.take(0, wanting(1));
    expect(limiter.asked).toHaveLength(2);
  });

  it("asks again after a while when the limiter fails, ever later, and warns once", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const limiter = new ManualLimiter();
    const pace = new AsyncLimiterPace(limiter, () => {});
    pace.take(0, wanting(1));
    limiter.asked[0]?.fail(new Error("away"));
    await settle();
    const now = performance.now();
    expect(pace.take(now, wanting(1))).toBe(false);
    expect(limiter.asked).toHaveLength(1);
    expect(pace.nextAt).toBeGreaterThan(now);
    pace.take(pace.nextAt, wanting(1));
    expect(limiter.asked).toHaveLength(2);
    limiter.asked[1]?.fail(new Error("still away"));
    await settle();
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it("takes a limiter that throws at once like one that rejects", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const wake = vi.fn();
    const wait = () => {
      throw new Error("at once");
    };
    new AsyncLimiterPace({ wait }, wake).take(0, wanting(1));
    await settle();
    expect(wake).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it("takes no late answer for one to a question asked since", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const limiter = new ManualLimiter();
    const pace = new AsyncLimiterPace(limiter, () => {});
    pace.take(0, wanting(2));
    pace.leave();
    pace.take(0, wanting(1));
    limiter.asked[0]?.fail(new Error("called off"));
    limiter.asked[1]?.grant();
    await settle();
    expect([pace.take(0, wanting(1)), pace.take(0, wanting(1)), limiter.asked.length]).toEqual([true, false, 3]);
    expect(pace.nextAt).toBe(Infinity);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it("warns again of a failure after the limiter had recovered", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const limiter = new ManualLimiter();
    const pace = new AsyncLimiterPace(limiter, () => {});
    pace.take(0, wanting(3));
    for (const [index, answer] of (["fail", "grant", "fail"] as const).entries()) {
      limiter.asked[index]?.[answer](new Error("away"));
      await settle();
    }
    expect(warn).toHaveBeenCalledTimes(2);
    warn.mockRestore();
  });
});
