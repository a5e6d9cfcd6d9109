import { MemoryDedupStore } from "@disp/background";
import { afterEach, beforeEach, vi } from "vitest";
import { describeDedupStore } from "./dedup-store.contract.ts";

let store: MemoryDedupStore;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describeDedupStore("MemoryDedupStore", {
  create: () => {
    store = new MemoryDedupStore();
    return Promise.resolve(store);
  },
  // In one process, another instance on the same data is the same store.
  second: () => Promise.resolve(store),
  advance: (ms) => vi.advanceTimersByTimeAsync(ms),
  exactMs: true,
});
