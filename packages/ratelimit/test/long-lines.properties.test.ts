import { allOf, type AsyncLimiter, RateLimiter } from "@disp/ratelimit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** Who acts within this time of being due is on time. */
const ON_TIME_MS = 2;

interface Ending {
  readonly id: number;
  readonly at: number;
  readonly isAborted: boolean;
}

/** Many who wait at one limiter, some of whom leave, while the event loop stalls now and then. */
class Crowd {
  readonly endings: Ending[] = [];
  /** What the clock shows more than the timers know: so late do they fire. */
  #stalledMs = 0;
  readonly #controllers: AbortController[] = [];
  readonly #limiter: AsyncLimiter;
  readonly #clock: { mockRestore(): void };

  constructor(limiter: AsyncLimiter) {
    this.#limiter = limiter;
    const now = performance.now.bind(performance);
    this.#clock = vi.spyOn(performance, "now").mockImplementation(() => now() + this.#stalledMs);
  }

  get size(): number {
    return this.#controllers.length;
  }

  join(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const id = this.#controllers.length;
      const controller = new AbortController();
      this.#controllers.push(controller);
      const end = (isAborted: boolean) => this.endings.push({ id, at: performance.now(), isAborted });
      this.#limiter.wait(1, { signal: controller.signal }).then(
        () => end(false),
        () => end(true),
      );
    }
  }

  /** Every `step`th of them leaves, from the given one on, the last ones first if so wanted. */
  leave(from: number, step: number, lastFirst: boolean): void {
    const leaving = this.#controllers.filter((_, id) => id >= from && id % step === 0);
    for (const controller of lastFirst ? leaving.reverse() : leaving) controller.abort();
  }

  stall(ms: number): void {
    this.#stalledMs += ms;
  }

  /** Waits until nobody is left. */
  async settle(): Promise<void> {
    await vi.runAllTimersAsync();
    this.#clock.mockRestore();
  }
}

const steps = fc.array(
  fc.record({
    do: fc.constantFrom("join", "join", "leave", "stall", "stall", "look"),
    count: fc.constantFrom(1, 5, 40),
    step: fc.integer({ min: 1, max: 4 }),
    lastFirst: fc.boolean(),
    ms: fc.constantFrom(0, 1, 3, 10, 50, 500),
  }),
  { maxLength: 15 },
);

/** In any span of time: those who are on time may be late by as much as that. */
function expectWithin(times: readonly number[], rate: number, burst: number): void {
  times.forEach((from, first) => {
    for (let last = first; last < times.length; last += 1) {
      const span = (times[last] as number) - from + ON_TIME_MS;
      expect(last - first + 1).toBeLessThanOrEqual(burst + (rate * span) / 1_000 + 1e-6);
    }
  });
}

async function run(limiter: AsyncLimiter, all: typeof steps extends fc.Arbitrary<infer T> ? T : never): Promise<Crowd> {
  const crowd = new Crowd(limiter);
  for (const { do: what, count, step, lastFirst, ms } of all) {
    if (what === "join") crowd.join(count);
    if (what === "leave") crowd.leave(crowd.size - count, step, lastFirst);
    if (what === "stall") crowd.stall(ms);
    await vi.advanceTimersByTimeAsync(ms);
  }
  await crowd.settle();
  return crowd;
}

describe("a long line", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  const limiters = {
    "of one limiter": (rate: number, burst: number) => new RateLimiter({ ratePerSecond: rate, burst }),
    "of several tiers": (rate: number, burst: number) =>
      allOf(new RateLimiter({ ratePerSecond: rate, burst }), new RateLimiter({ ratePerSecond: 2 * rate, burst: 3 })),
  };

  it.each(Object.entries(limiters))("%s keeps limit and order, and settles everybody once", async (_, make) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(10, 100, 1_000), fc.constantFrom(1, 3), steps, async (rate, burst, all) => {
        const { endings, size } = await run(make(rate, burst), all);
        expect(endings.map(({ id }) => id).sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (__, id) => id));
        const served = endings.filter(({ isAborted }) => !isAborted);
        expect(served.map(({ id }) => id)).toEqual(served.map(({ id }) => id).sort((a, b) => a - b));
        expectWithin(
          served.map(({ at }) => at),
          rate,
          burst,
        );
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
