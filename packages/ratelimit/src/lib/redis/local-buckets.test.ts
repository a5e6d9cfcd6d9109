import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Asker } from "./buckets.ts";
import { Limits } from "./limits.ts";
import { LocalBuckets } from "./local-buckets.ts";
import type { Outcome } from "./outcome.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** A quarter of the limits, asked again after a second at the latest. */
function setUp(...tiers: [ratePerSecond: number, burst: number][]) {
  const limits = new Limits(tiers.map(([ratePerSecond, burst]) => ({ ratePerSecond, burst })));
  const buckets = new LocalBuckets(limits, 0.25, 1_000);
  const takeUpTo = (key: string, n: number, count: number): Outcome => {
    const outcomes: Outcome[] = [];
    const asker: Asker = { answer: (outcome) => outcomes.push(outcome), fail: () => {} };
    if (count === 1) buckets.take(key, n, asker);
    else buckets.takeUpTo(key, n, count, asker);
    return outcomes[0] as Outcome;
  };
  return { buckets, takeUpTo };
}

describe("buckets of this process", () => {
  it("grant a share of each tier, by key, and at least one token at once", () => {
    const { takeUpTo } = setUp([40, 16], [4, 2]);
    expect([takeUpTo("a", 1, 9).granted, takeUpTo("a", 1, 9).granted, takeUpTo("b", 1, 1).granted]).toEqual([1, 0, 1]);
    vi.advanceTimersByTime(999);
    expect(takeUpTo("a", 1, 9).granted).toBe(0);
    vi.advanceTimersByTime(1);
    expect(takeUpTo("a", 1, 9).granted).toBe(1);
  });

  it("take from all tiers or from none, and say when and how much is left", () => {
    const { takeUpTo } = setUp([40, 16], [8, 40]);
    expect(takeUpTo("a", 1, 9)).toMatchObject({ granted: 4, tickets: undefined });
    const denied = takeUpTo("a", 2, 1);
    expect([denied.granted, denied.delayMs(2), denied.remaining(0)]).toEqual([0, 200, 0]);
    vi.advanceTimersByTime(200);
    const looked = takeUpTo("a", 0, 1);
    expect([looked.granted, looked.remaining(0)]).toEqual([0, 2]);
    expect(takeUpTo("a", 2, 1).granted).toBe(1);
  });

  it("ask to be asked again soon, since Redis may be back, for what they can never grant as well", () => {
    const { takeUpTo } = setUp([0.4, 16]);
    expect(takeUpTo("a", 8, 1)).toMatchObject({ granted: 0 });
    expect(takeUpTo("a", 8, 1).delayMs(8)).toBe(1_000);
    takeUpTo("a", 1, 4);
    expect(takeUpTo("a", 1, 1).delayMs(1)).toBe(1_000);
  });

  it("count what is left, at any rate", () => {
    const { takeUpTo } = setUp([4e9, 4_000]);
    expect([takeUpTo("a", 0, 1).remaining(0), takeUpTo("a", 1, 1).remaining(0)]).toEqual([1_000, 999]);
    const { takeUpTo: slowly } = setUp([3 / 3_600, 28]);
    for (let left = 6; left >= 0; left -= 1) expect(slowly("a", 1, 1).remaining(0)).toBe(left);
    expect(slowly("a", 1e300, 1).remaining(0)).toBe(0);
  });

  it("have nothing to take back", async () => {
    await expect(setUp([1, 1]).buckets.giveBack()).resolves.toBeUndefined();
  });
});
