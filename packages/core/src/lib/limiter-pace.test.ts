import { RateLimiter } from "@disp/ratelimit";
import { describe, expect, it, vi } from "vitest";
import { LimiterPace } from "./limiter-pace.ts";

describe("LimiterPace", () => {
  it("takes a permit when there is one, and otherwise says when there will be", () => {
    const pace = new LimiterPace(new RateLimiter({ ratePerSecond: 10 }), () => {});
    expect([pace.take(0), pace.take(0)]).toEqual([true, false]);
    expect(pace.nextAt).toBe(100);
    expect([pace.take(99), pace.take(100)]).toEqual([false, true]);
  });

  it("keeps one place in the line, however often it asks", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    const pace = new LimiterPace(limiter, () => {});
    for (const now of [0, 0, 10, 20]) pace.take(now);
    expect(limiter.tokens(20)).toBeCloseTo(-0.8, 9);
  });

  it("gives its place back exactly when there is nothing to send any more", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    const pace = new LimiterPace(limiter, () => {});
    pace.take(0);
    pace.take(0);
    pace.leave(50);
    pace.leave(50);
    expect(limiter.tokens(50)).toBe(0.5);
  });

  it("holds its place until it takes the permit, however late that is", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    const pace = new LimiterPace(limiter, () => {});
    expect([pace.take(0), pace.take(0)]).toEqual([true, false]);
    expect([pace.take(1_000), pace.take(1_000)]).toEqual([true, false]);
    expect(pace.nextAt).toBe(1_100);
    expect([pace.take(5_000), pace.take(5_000)]).toEqual([true, false]);
  });

  it("wakes the pump when its time changes", () => {
    const limiter = new RateLimiter({ ratePerSecond: 1 });
    const wake = vi.fn();
    const pace = new LimiterPace(limiter, wake);
    pace.take(0);
    pace.take(0);
    limiter.setRate(10, 0);
    expect(wake).toHaveBeenCalled();
    expect(pace.take(100)).toBe(true);
  });

  it("asks again after a second when the limiter says never, and warns once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 0.5 });
    const pace = new LimiterPace(limiter, () => {});
    expect(pace.take(0)).toBe(false);
    expect(pace.nextAt).toBe(1_000);
    limiter.setBurst(1, 0);
    expect(pace.take(1_000)).toBe(true);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it("forgets a place in the line that became impossible, so that it goes on when the limits allow it again", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    const pace = new LimiterPace(limiter, () => {});
    expect([pace.take(0), pace.take(0)]).toEqual([true, false]);
    limiter.setBurst(0.5, 10);
    expect(pace.take(10)).toBe(false);
    limiter.setBurst(1, 20);
    expect(pace.take(1_010)).toBe(true);
    warn.mockRestore();
  });

  it("asks again after a second when the limiter throws, and warns once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const reserve = () => {
      throw new Error("broken");
    };
    const pace = new LimiterPace({ reserve }, () => {});
    expect([pace.take(0), pace.take(1_000)]).toEqual([false, false]);
    expect(pace.nextAt).toBe(2_000);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});
