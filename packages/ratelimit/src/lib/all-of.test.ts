import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { allOf, type TieredLimiter } from "./all-of.ts";
import { KeyedRateLimiter } from "./keyed-rate-limiter.ts";
import type { Limiter } from "./limiter.ts";
import { RateLimiter } from "./rate-limiter.ts";

type Tiers = Record<"fast" | "slow", RateLimiter> & Record<"both", TieredLimiter>;

describe("allOf", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const tiers = (): Tiers => {
    const fast = new RateLimiter({ ratePerSecond: 10, burst: 10 });
    const slow = new RateLimiter({ ratePerSecond: 1, burst: 2 });
    return { fast, slow, both: allOf(fast, slow) };
  };

  it("takes from all, and the slowest says when", () => {
    const { fast, both } = tiers();
    expect([1, 2, 3, 4].map(() => both.reserve(1, 0).delayMs(0))).toEqual([0, 0, 1_000, 2_000]);
    expect(fast.tokens(2_000)).toBeLessThan(10);
  });

  it("takes nothing from any when one of them can never grant it", () => {
    const { fast, slow, both } = tiers();
    const reservation = both.reserve(3, 0);
    expect([reservation.ok, reservation.delayMs(0)]).toEqual([false, Infinity]);
    expect([fast.tokens(0), slow.tokens(0)]).toEqual([10, 2]);
  });

  it("allows what is there in all, and takes nothing from any otherwise", () => {
    const { fast, slow, both } = tiers();
    expect([both.allow(1, 0), both.allow(2, 0), both.allow(1, 0), both.allow(1, 0)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([fast.tokens(0), slow.tokens(0)]).toEqual([8, 0]);
    expect([both.admits(1, 999), both.admits(1, 1_000), both.allow(1, 1_000)]).toEqual([false, true, true]);
    expect(() => both.allow(0, 0)).toThrow("Cannot allow: n must be a number > 0, got 0");
  });

  it("allows nothing while somebody waits for one of them", () => {
    const { fast, slow, both } = tiers();
    fast.reserve(10, 0);
    fast.reserve(1, 0);
    expect(both.allow(1, 0)).toBe(false);
    expect(slow.tokens(0)).toBe(2);
  });

  it("counts a limiter once that it is given twice, or within another one", () => {
    for (const together of [
      ({ slow }: Tiers) => allOf(slow, slow),
      ({ slow, both }: Tiers) => allOf(both, slow),
      ({ slow, fast }: Tiers) => allOf(allOf(slow), fast, allOf(slow)),
    ]) {
      const all = tiers();
      const twice = together(all);
      expect([twice.allow(1, 0), all.slow.tokens(0)]).toEqual([true, 1]);
      expect([1, 2, 3].map(() => twice.reserve(1, 0).delayMs(0))).toEqual([0, 1_000, 2_000]);
    }
  });

  it("allows by reservations when one of them knows no other way", () => {
    const { slow } = tiers();
    const plain: Limiter = { reserve: (n, now) => slow.reserve(n, now) };
    const fast = new RateLimiter({ ratePerSecond: 10, burst: 10 });
    const both = allOf(fast, plain);
    expect([both.admits(2, 0), both.allow(2, 0), both.allow(1, 0), both.admits(1, 0)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([fast.tokens(0), slow.tokens(0)]).toEqual([8, 0]);
  });

  it("gives back to all when it is cancelled", () => {
    const { fast, slow, both } = tiers();
    for (const reservation of [both.reserve(2, 0), both.reserve(2, 0)].reverse()) reservation.cancel(0);
    expect([fast.tokens(0), slow.tokens(0)]).toEqual([10, 2]);
  });

  it("lets no tier exceed its limit when another one held everybody back and then lets them all go", () => {
    const fast = new RateLimiter({ ratePerSecond: 10, burst: 1 });
    const held = new RateLimiter({ ratePerSecond: 1_000, burst: 100 });
    held.penalize(10_000, 0);
    const both = allOf(fast, held);
    const dueAt = Array.from({ length: 5 }, () => both.reserve(1, 0).delayMs(0));
    expect(dueAt).toEqual([10_000, 10_100, 10_200, 10_300, 10_400]);
  });

  it("tells its holder when any tier moves it, and moves the others along", () => {
    const { fast, slow, both } = tiers();
    const reservations = [both.reserve(1, 0), both.reserve(1, 0), both.reserve(1, 0)];
    const listener = vi.fn();
    reservations[2]?.onRetime?.(listener);
    slow.penalize(5_000, 0);
    expect(listener).toHaveBeenCalled();
    expect(reservations[2]?.delayMs(0)).toBe(5_000);
    expect(fast.reserve(1, 0).delayMs(0)).toBe(5_000);
  });

  it("waits for all", async () => {
    const { both } = tiers();
    const done: number[] = [];
    for (let count = 0; count < 4; count += 1) void both.wait(1).then(() => done.push(performance.now()));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(done).toEqual([0, 0, 1_000, 2_000]);
    expect(vi.getTimerCount()).toBe(0);
    await expect(both.wait(3)).rejects.toMatchObject({ waitMs: Infinity });
  });

  it("says which tier never allows a wait", async () => {
    const { fast, both } = tiers();
    fast.setRate(0);
    await expect(both.wait(3)).rejects.toThrow("Cannot wait: n must be at most the burst of 2, got 3");
    await fast.wait(10);
    await expect(both.wait(1)).rejects.toThrow(
      "Cannot wait: ratePerSecond must be greater than 0 once the burst of 10 is used up, got 0",
    );
    const stranger = { reserve: () => ({ ok: false, delayMs: () => Infinity, cancel: () => {} }) };
    await expect(allOf(stranger).wait(2)).rejects.toThrow(
      "Cannot wait: 2 tokens must become available at some time, got a limit that never allows it",
    );
  });

  it("refuses what is no limiter", () => {
    expect(() => allOf()).toThrow(new TypeError("Cannot create allOf(): limiters must be at least one, got none"));
    const keyed = new KeyedRateLimiter<string>({ ratePerSecond: 1 });
    expect(() => allOf(keyed as never)).toThrow(
      new TypeError(
        "Cannot create allOf(): limiters[0] must be a limiter that needs no key, got an instance of KeyedRateLimiter",
      ),
    );
    expect(() => allOf(new RateLimiter({ ratePerSecond: 1 }), {} as never)).toThrow(
      "Cannot create allOf(): limiters[1] must be an object with reserve(), got an object",
    );
  });
});
