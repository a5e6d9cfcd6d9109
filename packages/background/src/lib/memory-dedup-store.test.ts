import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MemoryDedupStore } from "./memory-dedup-store.ts";

// What every store promises is asked for in test/dedup-store.contract.ts.

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("MemoryDedupStore", () => {
  it("refuses what is no key and no time, and has not changed then", async () => {
    const store = new MemoryDedupStore();
    // @ts-expect-error -- no such key
    await expect(store.acquire(1, 1)).rejects.toThrow("Cannot acquire: key must be a string, got 1");
    await expect(store.acquire("a", -1)).rejects.toThrow("Cannot acquire: holdMs must be a number >= 0, got -1");
    await expect(store.acquire("a", Number.NaN)).rejects.toThrow(RangeError);
    expect(store.size).toBe(0);
    const hold = await store.acquire("a", 10);
    await expect(hold?.renew(Infinity)).rejects.toThrow("Cannot renew: ms must be");
    await expect(hold?.release(-1)).rejects.toThrow("Cannot release: remainingMs must be");
    expect(await hold?.renew(10)).toBe(true);
  });

  it("has no timer, whatever it holds", async () => {
    const store = new MemoryDedupStore();
    await store.acquire("a", 1_000);
    await (await store.acquire("b", 1_000))?.release(500);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("says how many keys it keeps", async () => {
    const store = new MemoryDedupStore();
    const hold = await store.acquire("a", 10);
    await store.acquire("b", 10);
    expect(store.size).toBe(2);
    await hold?.release(0);
    expect(store.size).toBe(1);
    await store.bumpGeneration();
    expect(store.size).toBe(0);
  });
});
