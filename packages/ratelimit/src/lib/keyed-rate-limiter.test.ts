import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KeyedRateLimiter } from "./keyed-rate-limiter.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("KeyedRateLimiter", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("limits each key by itself", () => {
    const limiter = new KeyedRateLimiter<string>({ ratePerSecond: 10, burst: 2 });
    expect(["a", "a", "a", "b"].map((key) => limiter.allow(key, 1, 0))).toEqual([true, true, false, true]);
    expect([limiter.allow("a", 1, 99), limiter.allow("a", 1, 100)]).toEqual([false, true]);
    expect(limiter.size).toBe(2);
  });

  it("takes every value as a key", () => {
    const limiter = new KeyedRateLimiter<unknown>({ ratePerSecond: 0 });
    const keys = [undefined, null, 0, "", false, Number.NaN, {}];
    expect(keys.map((key) => limiter.allow(key, 1, 0))).toEqual(keys.map(() => true));
    expect(keys.map((key) => limiter.allow(key, 1, 0))).toEqual(keys.map(() => false));
  });

  it("admits what a single limiter admits, whatever the times and weights", () => {
    const limiter = new KeyedRateLimiter<string>({ ratePerSecond: 10, burst: 3 });
    expect([4, 3, 0.5].map((n) => limiter.allow("a", n, 0))).toEqual([false, true, false]);
    expect(limiter.allow("a", 0.5, 50)).toBe(true);
    expect(limiter.allow("a", 1, 20)).toBe(false);
    expect(range(4).map(() => limiter.allow("a", 1, 10_000))).toEqual([true, true, true, false]);
  });

  it("reserves and waits, and remembers what allow took before", async () => {
    const limiter = new KeyedRateLimiter<string>({ ratePerSecond: 10, burst: 2 });
    limiter.allow("a");
    expect([limiter.reserve("a").delayMs(), limiter.reserve("a").delayMs()]).toEqual([0, 100]);
    const done = vi.fn();
    void limiter.wait("a").then(done);
    expect(limiter.allow("a")).toBe(false);
    await vi.advanceTimersByTimeAsync(199);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("forgets a key that is idle and full again, without a timer", () => {
    const limiter = new KeyedRateLimiter<number>({ ratePerSecond: 10, idleMs: 1_000 });
    for (const key of range(100)) limiter.allow(key, 1, 0);
    limiter.allow(7, 1, 500);
    expect(limiter.size).toBe(100);
    limiter.allow(-1, 1, 1_000);
    expect(limiter.size).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("forgets a bounded number of idle keys per call, and all of them in the end", () => {
    const limiter = new KeyedRateLimiter<number>({ ratePerSecond: 10, idleMs: 0, maxKeys: Infinity });
    for (const key of range(10_000)) limiter.allow(key, 1, 0);
    for (let before = limiter.size; before > 1; before = limiter.size) {
      limiter.allow(-1, 1, 10_000);
      expect(before - limiter.size).toBeLessThanOrEqual(128);
      expect(limiter.size).toBeLessThan(before);
    }
    expect(limiter.allow(5, 1, 10_000)).toBe(true);
  });

  it("keeps the limiters of those who wait with their keys while others are forgotten", () => {
    const limiter = new KeyedRateLimiter<number>({ ratePerSecond: 1, burst: 1, idleMs: 0 });
    for (const key of range(50)) limiter.allow(key, 1, 0);
    for (const key of range(50)) if (key % 7 === 0) limiter.reserve(key, 1, 0);
    limiter.allow(-1, 1, 1_500);
    expect(limiter.size).toBe(9);
    for (const key of range(50)) expect(limiter.allow(key, 1, 1_500)).toBe(key % 7 !== 0);
  });

  it("forgets no key before its tokens are back", () => {
    const limiter = new KeyedRateLimiter<string>({ ratePerSecond: 0.001, idleMs: 10 });
    limiter.allow("a", 1, 0);
    limiter.allow("b", 1, 999_999);
    expect(limiter.allow("a", 1, 999_999)).toBe(false);
    expect(limiter.allow("a", 1, 1_000_000)).toBe(true);
  });

  it("forgets no key before the tokens that it reserved are back", () => {
    const limiter = new KeyedRateLimiter<string>({ ratePerSecond: 1, burst: 2, idleMs: 0 });
    limiter.allow("a", 2, 0);
    for (let count = 0; count < 3; count += 1) limiter.reserve("a", 1, 0);
    expect(limiter.allow("a", 2, 4_000)).toBe(false);
    expect(limiter.allow("a", 1, 4_000)).toBe(true);
  });

  it("holds no more than maxKeys, and forgets one that was not used since", () => {
    const limiter = new KeyedRateLimiter<string>({ ratePerSecond: 0, maxKeys: 2 });
    limiter.allow("a", 1, 0);
    limiter.allow("b", 1, 1);
    limiter.allow("a", 1, 2);
    limiter.allow("c", 1, 3);
    expect(limiter.size).toBe(2);
    expect([limiter.allow("a", 1, 4), limiter.allow("b", 1, 4)]).toEqual([false, true]);
  });

  it("spares the keys that somebody waits for, even beyond maxKeys", async () => {
    const limiter = new KeyedRateLimiter<string>({ ratePerSecond: 1, maxKeys: 2, idleMs: 0 });
    const done = vi.fn();
    for (const key of ["a", "b"]) {
      limiter.allow(key);
      void limiter.wait(key).then(done);
    }
    limiter.allow("c");
    expect(limiter.size).toBe(3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(done).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    limiter.allow("d");
    expect(limiter.size).toBeLessThanOrEqual(2);
  });

  it("stays small and quick over a million keys", () => {
    const limiter = new KeyedRateLimiter<number>({ ratePerSecond: 1, maxKeys: 1_000 });
    for (let key = 0; key < 1_000_000; key += 1) limiter.allow(key, 1, key / 100);
    expect(limiter.size).toBe(1_000);
  });

  it("says how many keys it remembers at most", () => {
    expect(new KeyedRateLimiter({ ratePerSecond: 1 }).maxKeys).toBe(100_000);
    expect("maxKeys" in new KeyedRateLimiter({ ratePerSecond: 1, maxKeys: 7 })).toBe(true);
  });

  it("refuses bad values by path, rule and value", () => {
    const create = (options: object) => () => new KeyedRateLimiter({ ratePerSecond: 1, ...options });
    expect(create({ ratePerSecond: -1 })).toThrow("Cannot create a KeyedRateLimiter: ratePerSecond must be a number");
    expect(create({ burst: 0 })).toThrow("burst must be a number > 0, got 0");
    expect(create({ maxKeys: 0.5 })).toThrow("maxKeys must be a whole number >= 1 or Infinity, got 0.5");
    expect(create({ burst: null })).toThrow("burst must be a number > 0, got null");
    expect(create({ maxKeys: null })).toThrow("maxKeys must be a whole number >= 1 or Infinity, got null");
    expect(create({ idleMs: null })).toThrow("idleMs must be a number >= 0 or Infinity, got null");
    expect(create({ maxKey: 3 })).toThrow(
      'options must be an object with only ratePerSecond, burst, maxKeys, idleMs, got an object with "maxKey"',
    );
    expect(() => new KeyedRateLimiter(null as never)).toThrow("Cannot create a KeyedRateLimiter: options must be an");
    expect(create({ idleMs: -1 })).toThrow("idleMs must be a number >= 0 or Infinity, got -1");
    expect(() => new KeyedRateLimiter({ ratePerSecond: 1 }).allow("a", 0)).toThrow("n must be a number > 0, got 0");
  });
});
