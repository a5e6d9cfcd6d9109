import { Dispatcher, type DispatcherOptions, dropOldestBatch, type Limiter, RateLimiter } from "@disp/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { turn } from "../../../tooling/observe.ts";

// What dispatchers of this kind have got wrong before, as far as no other test asks for it.

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Passes everything on, and remembers who asked when. */
function watched(limiter: RateLimiter): { rateLimit: Limiter; asked: number[] } {
  const asked: number[] = [];
  const rateLimit: Limiter = {
    reserve(n, now) {
      asked.push(now);
      return limiter.reserve(n, now);
    },
  };
  return { rateLimit, asked };
}

function setUp(options: Partial<DispatcherOptions<string>>) {
  const sent: { items: readonly string[]; at: number }[] = [];
  const dispatcher = new Dispatcher<string>({
    send: ({ items }) => void sent.push({ items, at: performance.now() }),
    batch: { maxItems: 1 },
    onDrop: () => {},
    ...options,
  });
  return { dispatcher, sent };
}

describe("a rate limit", () => {
  it("is not asked, and no timer is set for it, while there is nothing to send", async () => {
    const { rateLimit, asked } = watched(RateLimiter.every(100));
    const { dispatcher } = setUp({ rateLimit, batch: { maxItems: 2, maxAgeMs: Infinity } });
    dispatcher.tryPush("a");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gets its token back when what waited for it is gone, as if it had never been asked", async () => {
    const limiter = RateLimiter.every(100);
    const { dispatcher, sent } = setUp({
      rateLimit: limiter,
      batch: { maxItems: 2, maxAgeMs: Infinity },
      overflow: dropOldestBatch({ maxItems: 2 }),
    });
    for (const item of ["a", "b"]) dispatcher.tryPush(item);
    await turn();
    expect(sent).toHaveLength(1);
    for (const item of ["c", "d"]) dispatcher.tryPush(item);
    await turn();
    expect(limiter.tokens()).toBe(-1);
    // The newcomer takes the place of the batch that waited, and is no full batch itself.
    dispatcher.tryPush("e");
    await turn();
    expect(limiter.tokens()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gets its token back when everything is called off", async () => {
    const limiter = RateLimiter.every(100);
    const abort = new AbortController();
    const { dispatcher } = setUp({ rateLimit: limiter, signal: abort.signal });
    for (const item of ["a", "b"]) dispatcher.tryPush(item);
    await turn();
    expect(limiter.tokens()).toBe(-1);
    abort.abort();
    await dispatcher.drained;
    expect(limiter.tokens()).toBe(0);
  });

  it("holds for heartbeats and retries as for everything else", async () => {
    const at: number[] = [];
    const { dispatcher } = setUp({
      rateLimit: RateLimiter.every(100),
      heartbeatMs: 30,
      onError: () => ({ retryAfterMs: 10 }),
      send: ({ attempt, synthetic }) => {
        at.push(performance.now());
        if (attempt === 1 && !synthetic) throw new Error("no");
      },
    });
    dispatcher.tryPush("a");
    await vi.advanceTimersByTimeAsync(450);
    expect(at).toEqual([0, 100, 200, 300, 400]);
  });

  it("is kept by several senders, and by several dispatchers that share it", async () => {
    const rateLimit = RateLimiter.every(50, 2);
    const one = setUp({ rateLimit, maxConcurrency: 4 });
    const two = setUp({ rateLimit, maxConcurrency: 4 });
    for (const item of ["a", "b", "c"]) for (const { dispatcher } of [one, two]) dispatcher.tryPush(item);
    await vi.advanceTimersByTimeAsync(1_000);
    const times = [...one.sent, ...two.sent].map(({ at }) => at).sort((a, b) => a - b);
    expect(times).toEqual([0, 0, 50, 100, 150, 200]);
    expect([one.sent.length, two.sent.length]).toEqual([3, 3]);
  });
});

describe("the default retry policy", () => {
  it("spreads what failed at one moment over time", async () => {
    const retriedAt = new Set<number>();
    const { dispatcher } = setUp({
      maxConcurrency: Infinity,
      send: ({ attempt }) => {
        if (attempt === 1) throw new Error("all at once");
        retriedAt.add(performance.now());
      },
    });
    for (let item = 0; item < 50; item++) dispatcher.tryPush("a");
    await vi.advanceTimersByTimeAsync(200);
    expect(dispatcher.stats()).toMatchObject({ delivered: 50, retries: 50 });
    expect(retriedAt.size).toBeGreaterThan(10);
  });

  it("lets others through while a batch that always fails backs off", async () => {
    const { dispatcher, sent } = setUp({
      maxConcurrency: 1,
      send: ({ items }) => {
        if (items[0] === "poison") throw new Error("no");
        sent.push({ items, at: performance.now() });
      },
    });
    for (const item of ["poison", "a", "b"]) dispatcher.tryPush(item);
    await turn();
    expect(sent.map(({ items, at }) => [items[0], at])).toEqual([
      ["a", 0],
      ["b", 0],
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(dispatcher.stats().dropped["retries-exhausted"]).toBe(1);
  });
});

describe("a dispatcher that is called off without being closed", () => {
  it("drains by itself and leaves no timer behind", async () => {
    const abort = new AbortController();
    const { dispatcher } = setUp({ signal: abort.signal, batch: { maxItems: 5 }, heartbeatMs: 50 });
    dispatcher.tryPush("a");
    await turn();
    expect(vi.getTimerCount()).toBe(1);
    abort.abort();
    await dispatcher.drained;
    expect(vi.getTimerCount()).toBe(0);
    expect(dispatcher.stats()).toMatchObject({ accepted: 1, dropped: { aborted: 1 } });
  });
});
