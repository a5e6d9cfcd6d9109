import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { allOf } from "./all-of.ts";
import { RateLimitExceededError } from "./errors.ts";
import { RateLimiter } from "./rate-limiter.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Follows a promise without leaving its rejection unhandled. */
function follow(promise: Promise<void>): { at?: number; error?: unknown } {
  const followed: { at?: number; error?: unknown } = {};
  promise.then(
    () => (followed.at = performance.now()),
    (error: unknown) => (followed.error = error),
  );
  return followed;
}

describe("allow", () => {
  it("admits a burst at once and then as many as the rate gives", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10, burst: 3 });
    expect(range(5).map(() => limiter.allow(1, 0))).toEqual([true, true, true, false, false]);
    expect(limiter.allow(1, 99)).toBe(false);
    expect(limiter.allow(1, 100)).toBe(true);
    expect(limiter.allow(1, 199)).toBe(false);
  });

  it("admits exactly ten a second at ten per second, for hours", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    let admitted = 0;
    for (let now = 0; now <= 3 * 3_600_000; now += 25) if (limiter.allow(1, now)) admitted += 1;
    expect(admitted).toBe(3 * 36_000 + 1);
  });

  it("admits no more than the burst after a long stall", () => {
    const limiter = new RateLimiter({ ratePerSecond: 100, burst: 2 });
    limiter.allow(1, 0);
    expect(range(5).map(() => limiter.allow(1, 2_000))).toEqual([true, true, false, false, false]);
  });

  it("mints nothing from a clock that stands still, steps back or alternates", () => {
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 1 });
    expect(limiter.allow(1, 10_000)).toBe(true);
    for (const now of [10_000, 0, 10_000, 9_000, 10_500, 9_500, 10_999, 0]) expect(limiter.allow(1, now)).toBe(false);
    expect(limiter.allow(1, 11_000)).toBe(true);
  });

  it("takes several tokens at once, and never more than the burst", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10, burst: 5 });
    expect(limiter.allow(6, 0)).toBe(false);
    expect(limiter.tokens(0)).toBe(5);
    expect(limiter.allow(4, 0)).toBe(true);
    expect(limiter.allow(2, 0)).toBe(false);
    expect(limiter.allow(1.5, 50)).toBe(true);
    expect(limiter.tokens(50)).toBe(0);
  });

  it("knows no limit at an infinite rate, and no refill at rate 0", () => {
    const free = new RateLimiter({ ratePerSecond: Infinity });
    expect(range(100).every(() => free.allow(50, 0))).toBe(true);
    const once = new RateLimiter({ ratePerSecond: 0, burst: 2 });
    expect([once.allow(1, 0), once.allow(1, 5), once.allow(1, 1e12)]).toEqual([true, true, false]);
  });

  it("admits at the very time that a reservation was told", () => {
    for (const rate of [3, 7, 33, 0.3, 1_234.5]) {
      const limiter = new RateLimiter({ ratePerSecond: rate });
      let now = 123.456;
      for (let turn = 0; turn < 200; turn += 1) {
        limiter.allow(1, now);
        const reservation = limiter.reserve(1, now);
        now += reservation.delayMs(now);
        reservation.cancel(now - 1e-6);
        expect(limiter.allow(1, now + 1e-9)).toBe(true);
      }
    }
  });

  it("does not overtake a reservation", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    limiter.allow(1, 0);
    limiter.reserve(1, 0);
    expect(limiter.allow(1, 100)).toBe(false);
    expect(limiter.allow(1, 200)).toBe(true);
  });
});

describe("every", () => {
  it("gains one token per interval", () => {
    const limiter = RateLimiter.every(250, 2);
    expect([limiter.ratePerSecond, limiter.burst]).toEqual([4, 2]);
    expect(() => RateLimiter.every(0)).toThrow("intervalMs must be a number > 0");
  });
});

describe("reserve", () => {
  it("says when to act, in the order of the calls", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    const reservations = range(4).map(() => limiter.reserve(1, 0));
    expect(reservations.map((each) => each.delayMs(0))).toEqual([0, 100, 200, 300]);
    expect(reservations[3]?.delayMs(250)).toBe(50);
    expect(reservations[3]?.delayMs(400)).toBe(0);
    expect(limiter.tokens(0)).toBe(-3);
  });

  it("is exactly neutral when cancelled at the same instant", () => {
    for (const rate of [3, 0.1, 7.77, 1e6]) {
      const limiter = new RateLimiter({ ratePerSecond: rate, burst: 3 });
      for (const now of [0, 17, 1_000.123, 5_000]) {
        limiter.allow(1, now);
        const before = [now, now + 1, now + 333].map((time) => limiter.tokens(time));
        for (const n of [1, 2, 3, 0.7]) limiter.reserve(n, now).cancel(now);
        expect([now, now + 1, now + 333].map((time) => limiter.tokens(time))).toEqual(before);
      }
    }
  });

  it("gives back exactly what it took, though others reserved after it, and moves them up", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    const [, second, third, fourth] = range(4).map(() => limiter.reserve(1, 0));
    const retimed: string[] = [];
    third?.onRetime?.(() => retimed.push("third"));
    fourth?.onRetime?.(() => retimed.push("fourth"));
    second?.cancel(50);
    second?.cancel(50);
    expect([third?.delayMs(50), fourth?.delayMs(50)]).toEqual([50, 150]);
    expect(retimed).toEqual(["third", "fourth"]);
    expect(limiter.reserve(1, 50).delayMs(50)).toBe(250);
  });

  it("gives nothing back once its time to act has passed", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    const first = limiter.reserve(1, 0);
    const second = limiter.reserve(1, 0);
    first.cancel(1);
    second.cancel(101);
    expect(limiter.allow(1, 150)).toBe(false);
    expect(limiter.allow(1, 200)).toBe(true);
  });

  it("is not ok, and changes nothing, when it can never be granted", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10, burst: 2 });
    const tooMany = limiter.reserve(3, 0);
    expect([tooMany.ok, tooMany.delayMs(0), limiter.tokens(0)]).toEqual([false, Infinity, 2]);
    const never = new RateLimiter({ ratePerSecond: 0 });
    expect(never.reserve(1, 0).ok).toBe(true);
    expect(never.reserve(1, 0).ok).toBe(false);
  });

  it("is timed anew when the rate, the burst or a penalty changes", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10, burst: 2 });
    limiter.allow(2, 0);
    const small = limiter.reserve(1, 0);
    const large = limiter.reserve(2, 0);
    limiter.setRate(20, 50);
    expect([small.delayMs(50), large.delayMs(50)]).toEqual([25, 125]);
    limiter.penalize(1_000, 50);
    expect([small.delayMs(50), large.delayMs(50)]).toEqual([1_000, 1_100]);
    limiter.setBurst(1, 60);
    expect([small.ok, large.ok, large.delayMs(60)]).toEqual([true, false, Infinity]);
  });
});

describe("a holder who says when it acts", () => {
  it("acts late after a stall, and those behind it keep their distance", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    limiter.allow(1, 0);
    const held = [1, 2, 3].map(() => limiter.reserve(1, 0));
    for (const reservation of held) reservation.hold?.();
    expect(held.map((each) => each.delayMs(0))).toEqual([100, 200, 300]);
    expect(held[0]?.delayMs(2_000)).toBe(0);
    held[0]?.act?.(2_000);
    expect(held.slice(1).map((each) => each.delayMs(2_000))).toEqual([100, 200]);
  });

  it("is on time within two milliseconds, so that slow timers do not slow the rate", () => {
    const limiter = new RateLimiter({ ratePerSecond: 1_000 });
    limiter.allow(1, 0);
    const held = [1, 2, 3].map(() => limiter.reserve(1, 0));
    for (const reservation of held) reservation.hold?.();
    expect(held.map((each) => each.delayMs(2.5))).toEqual([0, 0, 0.5]);
  });

  it("lets as many go after a stall as the burst allows", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10, burst: 3 });
    limiter.allow(3, 0);
    const held = range(8).map(() => limiter.reserve(1, 0));
    for (const reservation of held) reservation.hold?.();
    const acting = held.filter((each) => {
      if (each.delayMs(5_000) > 0) return false;
      each.act?.(5_000);
      return true;
    });
    expect(acting).toHaveLength(3);
  });
});

describe("changing the limits", () => {
  it("keeps what was gained so far, up to the new burst", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10, burst: 10 });
    limiter.allow(10, 0);
    limiter.setRate(1_000, 500);
    expect(limiter.tokens(500)).toBe(5);
    limiter.setBurst(2, 500);
    expect(limiter.tokens(500)).toBe(2);
    limiter.setBurst(100, 500);
    expect(limiter.tokens(510)).toBe(12);
    limiter.setRate(0, 510);
    expect(limiter.tokens(9_999)).toBe(12);
  });

  it("gives no tokens during a penalty, then one, then the usual rate", () => {
    const limiter = new RateLimiter({ ratePerSecond: 10, burst: 5 });
    limiter.penalize(1_000, 0);
    expect([limiter.allow(1, 0), limiter.allow(0.1, 999)]).toEqual([false, false]);
    expect(limiter.tokens(999)).toBe(0);
    expect([limiter.allow(1, 1_000), limiter.allow(1, 1_000)]).toEqual([true, false]);
    expect(limiter.allow(1, 1_100)).toBe(true);
    limiter.penalize(500, 1_100);
    limiter.penalize(10, 1_100);
    expect(limiter.allow(1, 1_599)).toBe(false);
  });

  it("holds a penalty even at an infinite rate", () => {
    const limiter = new RateLimiter({ ratePerSecond: Infinity });
    limiter.penalize(100, 0);
    expect([limiter.allow(1, 99), limiter.allow(1, 100)]).toEqual([false, true]);
  });
});

describe("wait", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("resolves in the order of the calls, each at its time, with one timer", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 10, burst: 2 });
    const waits = [1, 1, 2, 1].map((n) => follow(limiter.wait(n)));
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(waits.map(({ at }) => at)).toEqual([0, 0, 200, 300]);
  });

  it("says which limit never allows it", async () => {
    const empty = new RateLimiter({ ratePerSecond: 0, burst: 5 });
    await empty.wait(4);
    await expect(empty.wait(6)).rejects.toThrow("Cannot wait: n must be at most the burst of 5, got 6");
    const rule = "ratePerSecond must be greater than 0 once the burst of 5 is used up, got 0";
    await expect(empty.wait(2)).rejects.toThrow(`Cannot wait: ${rule}`);

    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 5 });
    await limiter.wait(5);
    const waits = [limiter.wait(4), limiter.wait(1)].map((wait) => follow(wait));
    limiter.setBurst(3);
    limiter.setRate(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(waits.map(({ error }) => String(error))).toEqual([
      "RateLimitExceededError: Cannot wait: n must be at most the burst of 3, got 4",
      "RateLimitExceededError: Cannot wait: ratePerSecond must be greater than 0 once the burst of 3 is used up, got 0",
    ]);
  });

  it("needs no timer when the tokens are there", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    const wait = limiter.wait();
    expect(vi.getTimerCount()).toBe(0);
    await wait;
  });

  it("fails at once, and takes nothing, when it would take too long or for ever", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    await limiter.wait();
    await expect(limiter.wait(1, { maxWaitMs: 99 })).rejects.toMatchObject({ n: 1, waitMs: 100 });
    await expect(limiter.wait(2)).rejects.toMatchObject({ name: "RateLimitExceededError", n: 2, waitMs: Infinity });
    await expect(limiter.wait(2)).rejects.toThrow("Cannot wait: n must be at most the burst of 1, got 2");
    const fits = follow(limiter.wait(1, { maxWaitMs: 100 }));
    await vi.advanceTimersByTimeAsync(100);
    expect(fits.at).toBe(100);
  });

  it("gives its tokens to those behind when it is aborted", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    await limiter.wait();
    const controller = new AbortController();
    const aborted = follow(limiter.wait(1, { signal: controller.signal }));
    const behind = follow(limiter.wait());
    await vi.advanceTimersByTimeAsync(50);
    controller.abort("changed my mind");
    await vi.advanceTimersByTimeAsync(50);
    expect(aborted.error).toBe("changed my mind");
    expect(behind.at).toBe(100);
    await expect(limiter.wait(1, { signal: controller.signal })).rejects.toBe("changed my mind");
  });

  it("lets ten thousand go at once when their common signal is aborted, and serves who is left in time", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 10 });
    await limiter.wait();
    const controller = new AbortController();
    const aborted = range(10_000).map(() => follow(limiter.wait(1, { signal: controller.signal })));
    const left = follow(limiter.wait());
    controller.abort("enough");
    await vi.advanceTimersByTimeAsync(100);
    expect(aborted.every(({ error }) => error === "enough")).toBe(true);
    expect(left.at).toBe(100);
  });

  it("leaves no timer when the only one who waited is aborted", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 1 });
    await limiter.wait();
    const controller = new AbortController();
    const aborted = follow(limiter.wait(1, { signal: controller.signal }));
    controller.abort();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(aborted.error).toBeInstanceOf(DOMException);
  });

  it("is timed anew by setRate, setBurst and penalize", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 1 });
    await limiter.wait();
    const first = follow(limiter.wait());
    const second = follow(limiter.wait());
    limiter.setRate(10);
    await vi.advanceTimersByTimeAsync(100);
    expect(first.at).toBe(100);
    limiter.penalize(500);
    await vi.advanceTimersByTimeAsync(499);
    expect(second.at).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(second.at).toBe(600);
  });

  it("fails when a change of the limits makes it impossible, or too late", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 10, burst: 2 });
    await limiter.wait(2);
    const large = follow(limiter.wait(2));
    const patient = follow(limiter.wait(1));
    const hasty = follow(limiter.wait(1, { maxWaitMs: 500 }));
    limiter.setBurst(1);
    limiter.setRate(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(large.error).toMatchObject({ n: 2, waitMs: Infinity });
    expect(hasty.error).toBeInstanceOf(RateLimitExceededError);
    expect(patient.at).toBe(1_000);
  });

  it("waits beyond 2^31-1 ms", async () => {
    const month = 30 * 24 * 3_600_000;
    const limiter = RateLimiter.every(month);
    await limiter.wait();
    const late = follow(limiter.wait());
    await vi.advanceTimersByTimeAsync(month - 1);
    expect(late.at).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(late.at).toBe(month);
  });

  it("keeps the rate after a stall of the event loop", async () => {
    vi.useRealTimers();
    const limiter = RateLimiter.every(20);
    const waits = [limiter.wait(), limiter.wait(), limiter.wait(), limiter.wait()].map(follow);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const until = performance.now() + 70;
    while (performance.now() < until);
    await limiter.wait();
    const at = waits.map((wait) => wait.at ?? Number.NaN);
    const gaps = at.slice(2).map((time, index) => time - (at[index + 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(17);
    vi.useFakeTimers();
  });

  it("leaves no listener on a signal that many share", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 100 });
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    for (const wait of range(20).map(() => limiter.wait(1, { signal }))) void wait;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
  });
});

describe("bad values", () => {
  const bad: [string, object][] = [
    ["ratePerSecond must be a number >= 0 or Infinity, got undefined", {}],
    ["ratePerSecond must be a number >= 0 or Infinity, got -1", { ratePerSecond: -1 }],
    ["ratePerSecond must be a number >= 0 or Infinity, got NaN", { ratePerSecond: Number.NaN }],
    ["burst must be a number > 0, got 0", { ratePerSecond: 1, burst: 0 }],
    ["burst must be a number > 0, got Infinity", { ratePerSecond: 1, burst: Infinity }],
  ];
  it.each(bad)("are refused by path, rule and value: %s", (message, options) => {
    expect(() => new RateLimiter(options as never)).toThrow(`Cannot create a RateLimiter: ${message}`);
  });

  it.each([
    [null, "null"],
    [5, "5"],
    [AbortSignal.abort(), "an instance of AbortSignal"],
    [{ signal: undefined, timeoutMs: 5 }, 'an object with "timeoutMs"'],
  ])("of a wait are refused, as a rejection, unless their names are known: %s", async (options, printed) => {
    const limiter = new RateLimiter({ ratePerSecond: 1 });
    const rule = "options must be an object with only signal, maxWaitMs";
    for (const wait of [limiter.wait(1, options as never), allOf(limiter).wait(1, options as never)]) {
      await expect(wait).rejects.toThrow(new TypeError(`Cannot wait: ${rule}, got ${printed}`));
    }
    await expect(limiter.wait(1, { maxWaitMs: null as never })).rejects.toThrow("maxWaitMs must be a number >= 0");
    await expect(limiter.wait(1, { signal: null as never })).rejects.toThrow("signal must be an AbortSignal, got null");
    expect(limiter.tokens()).toBe(1);
  });

  it("are refused by every method, before any change", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 1 });
    for (const n of [0, -1, Number.NaN, Infinity, "1" as never]) {
      expect(() => limiter.allow(n)).toThrow("n must be a number > 0");
      expect(() => limiter.reserve(n)).toThrow("n must be a number > 0");
      await expect(limiter.wait(n)).rejects.toThrow("n must be a number > 0");
    }
    expect(() => limiter.allow(1, Number.NaN)).toThrow("now must be a number");
    expect(() => limiter.setRate(-1)).toThrow("ratePerSecond must be a number >= 0");
    expect(() => limiter.setBurst(0)).toThrow("burst must be a number > 0");
    expect(() => limiter.penalize(-1)).toThrow("ms must be a number >= 0");
    await expect(limiter.wait(1, { maxWaitMs: -1 })).rejects.toThrow("maxWaitMs must be a number >= 0");
    await expect(limiter.wait(1, { signal: {} as never })).rejects.toThrow("signal must be an AbortSignal");
    expect(limiter.tokens()).toBe(1);
  });
});
