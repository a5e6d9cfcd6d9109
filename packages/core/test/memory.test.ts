import { getEventListeners } from "node:events";
import { Dispatcher } from "@disp/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { heapUsed } from "../../../tooling/heap-used.ts";

const MEGABYTE = 1_000_000;
const UNTIMED = { timeout: 0 };

afterEach(() => {
  vi.useRealTimers();
});

describe("memory", () => {
  it("can be measured here", () => {
    expect(globalThis.gc).toBeTypeOf("function");
  });

  it("is the same after ten million items as after one million", UNTIMED, async () => {
    let sum = 0;
    const dispatcher = new Dispatcher<number>({
      batch: { maxItems: 100 },
      send: async ({ items }) => void (sum += items.length),
    });
    const pass = async (items: number): Promise<void> => {
      for (let item = 0; item < items; item++) while (!dispatcher.tryPush(item)) await dispatcher.ready();
      await dispatcher.flush();
    };
    await pass(1_000_000);
    const before = await heapUsed();
    await pass(10_000_000);
    expect((await heapUsed()) - before).toBeLessThan(2 * MEGABYTE);
    expect(sum).toBe(11_000_000);
    // A reference from here, so that what the dispatcher holds cannot have been collected along with it.
    expect((await dispatcher.drain()).delivered).toBe(11_000_000);
  });

  it("does not grow with deliveries that share a signal which is never aborted", UNTIMED, async () => {
    const { signal } = new AbortController();
    const dispatcher = new Dispatcher<number>({ batch: { maxItems: 100 }, send: async () => {} });
    // Half of each burst finds room, the other half waits in line for it.
    const pass = async (bursts: number): Promise<void> => {
      for (let burst = 0; burst < bursts; burst++) {
        const deliveries = Array.from({ length: 2_000 }, (_, item) => dispatcher.deliver(item, { signal }));
        await Promise.all(deliveries);
      }
    };
    await pass(10);
    const before = await heapUsed();
    await pass(50);
    expect((await heapUsed()) - before).toBeLessThan(2 * MEGABYTE);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect((await dispatcher.drain()).delivered).toBe(120_000);
  });

  it("does not grow with retries, timeouts and drops", UNTIMED, async () => {
    const dispatcher = new Dispatcher<number>({
      batch: { maxItems: 10 },
      send: ({ attempt, id }) => {
        if (id % 2 === 0) return new Promise(() => {});
        if (attempt === 1) throw new Error("first attempt");
      },
      sendTimeoutMs: 1,
      onError: ({ batch }) => (batch.id % 2 === 0 ? "drop" : { retryAfterMs: 0 }),
      onDrop: () => {},
    });
    const pass = async (rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round++) {
        for (let item = 0; item < 100; item++) dispatcher.tryPush(item);
        await dispatcher.flush();
      }
    };
    await pass(20);
    const before = await heapUsed();
    await pass(100);
    expect((await heapUsed()) - before).toBeLessThan(MEGABYTE);
    expect(dispatcher.stats()).toMatchObject({ delivered: 6_000, dropped: { rejected: 6_000 }, retries: 600 });
  });
});

describe("a thousand dispatchers with nothing to do", () => {
  it("hold no timer, neither fresh nor used", async () => {
    vi.useFakeTimers();
    const dispatchers = Array.from({ length: 1_000 }, () => new Dispatcher<number>({ send: async () => {} }));
    expect(vi.getTimerCount()).toBe(0);
    for (const dispatcher of dispatchers) dispatcher.tryPush(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(dispatchers.every((dispatcher) => dispatcher.stats().delivered === 1)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
