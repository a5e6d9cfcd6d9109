import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RateLimitExceededError } from "./errors.ts";
import type { Reservation } from "./limiter.ts";
import { WaitLine } from "./wait-line.ts";

/** A reservation whose time a test chooses. */
class ManualReservation implements Reservation {
  readonly ok = true;
  readonly cancelledAt: number[] = [];
  readonly told: string[] = [];
  #dueAt: number;
  #listener: (() => void) | undefined;

  constructor(dueAt: number) {
    this.#dueAt = dueAt;
  }

  delayMs(now = performance.now()): number {
    return Math.max(0, this.#dueAt - now);
  }

  cancel(now = performance.now()): void {
    this.cancelledAt.push(now);
  }

  hold(): void {
    this.told.push("hold");
  }

  act(now: number): void {
    this.told.push(`act at ${now}`);
  }

  onRetime(listener: () => void): void {
    this.#listener = listener;
  }

  moveTo(dueAt: number): void {
    this.#dueAt = dueAt;
    this.#listener?.();
  }
}

/** A line whose reservations are due at the given times, one after the other. */
function lineOf(...dueAt: number[]) {
  const reservations: ManualReservation[] = [];
  const line = new WaitLine(() => {
    const made = new ManualReservation(dueAt[reservations.length] as number);
    reservations.push(made);
    return made;
  });
  return { line, reservations };
}

/** What became of a promise, and when. */
function follow(promise: Promise<void>): { at?: number; error?: unknown } {
  const followed: { at?: number; error?: unknown } = {};
  promise.then(
    () => (followed.at = performance.now()),
    (error: unknown) => Object.assign(followed, { at: performance.now(), error }),
  );
  return followed;
}

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

describe("the wait line", () => {
  it("lets each go at its time, with a single timer for all", async () => {
    const { line } = lineOf(10, 10, 30);
    const waits = [1, 1, 1].map((n) => follow(line.wait(n)));
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(30);
    expect(waits).toEqual([{ at: 10 }, { at: 10 }, { at: 30 }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("holds its reservations, and says of each when it acts", async () => {
    const { line, reservations } = lineOf(10, 30);
    const waits = [line.wait(1), line.wait(1)];
    await vi.advanceTimersByTimeAsync(30);
    await Promise.all(waits);
    expect(reservations.map(({ told }) => told)).toEqual([
      ["hold", "act at 10"],
      ["hold", "act at 30"],
    ]);
  });

  it("keeps nobody waiting, and sets no timer, whose time has come", async () => {
    const { line, reservations } = lineOf(0);
    await line.wait(1);
    expect([vi.getTimerCount(), reservations[0]?.cancelledAt]).toEqual([0, []]);
  });

  it.each([
    [51, 51],
    [Infinity, Infinity],
  ])("gives a reservation %s ms away back at once when only 50 are allowed", async (dueAt, waitMs) => {
    const { line, reservations } = lineOf(dueAt, 50);
    await expect(line.wait(2, { maxWaitMs: 50 })).rejects.toMatchObject({
      name: "RateLimitExceededError",
      n: 2,
      waitMs,
    });
    expect(reservations[0]?.cancelledAt).toEqual([0]);
    const patient = follow(line.wait(1, { maxWaitMs: 50 }));
    await vi.advanceTimersByTimeAsync(50);
    expect(patient).toEqual({ at: 50 });
  });

  it("gives up a reservation that never comes though any wait is allowed", async () => {
    const { line, reservations } = lineOf(Infinity);
    await expect(line.wait(1)).rejects.toBeInstanceOf(RateLimitExceededError);
    expect([reservations[0]?.cancelledAt, vi.getTimerCount()]).toEqual([[0], 0]);
  });
});

describe("an abort", () => {
  it("gives the reservation back, and leaves the others in line", async () => {
    const { line, reservations } = lineOf(10, 20);
    const controller = new AbortController();
    const aborted = follow(line.wait(1, { signal: controller.signal }));
    const other = follow(line.wait(1));
    await vi.advanceTimersByTimeAsync(5);
    controller.abort("no more");
    await vi.advanceTimersByTimeAsync(15);
    expect([aborted, other]).toEqual([{ at: 5, error: "no more" }, { at: 20 }]);
    expect(reservations.map(({ cancelledAt }) => cancelledAt)).toEqual([[5], []]);
  });

  it("leaves no timer when nobody else waits", async () => {
    const { line } = lineOf(10);
    const controller = new AbortController();
    const aborted = follow(line.wait(1, { signal: controller.signal }));
    controller.abort("no more");
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(aborted.error).toBe("no more");
  });

  it("that came before asks for nothing", async () => {
    const { line, reservations } = lineOf(0);
    await expect(line.wait(1, { signal: AbortSignal.abort("too late") })).rejects.toBe("too late");
    expect(reservations).toEqual([]);
  });

  it("that comes after changes nothing", async () => {
    const { line, reservations } = lineOf(10);
    const controller = new AbortController();
    const done = line.wait(1, { signal: controller.signal });
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    await done;
    expect(reservations[0]?.cancelledAt).toEqual([]);
  });
});

describe("a reservation that is moved", () => {
  it("moves the timer along", async () => {
    const { line, reservations } = lineOf(10, 40);
    const [first, second] = [follow(line.wait(1)), follow(line.wait(1))];
    reservations[0]?.moveTo(5);
    reservations[1]?.moveTo(25);
    await vi.advanceTimersByTimeAsync(40);
    expect([first, second]).toEqual([{ at: 5 }, { at: 25 }]);
  });

  it("is given back when it comes too late now, be it by a millisecond", async () => {
    const { line, reservations } = lineOf(10, 10);
    const [late, inTime] = [follow(line.wait(1, { maxWaitMs: 50 })), follow(line.wait(1, { maxWaitMs: 50 }))];
    await vi.advanceTimersByTimeAsync(5);
    reservations[1]?.moveTo(50);
    reservations[0]?.moveTo(51);
    await vi.advanceTimersByTimeAsync(45);
    expect(late).toEqual({ at: 5, error: expect.any(RateLimitExceededError) as unknown });
    expect(inTime).toEqual({ at: 50 });
    expect(reservations.map(({ cancelledAt }) => cancelledAt)).toEqual([[5], []]);
  });
});

describe("bad values", () => {
  it("reject, and reserve nothing", async () => {
    const { line, reservations } = lineOf();
    await expect(line.wait(1, { maxWaitMs: -1 })).rejects.toThrow("Cannot wait: maxWaitMs must be a number >= 0");
    await expect(line.wait(1, { signal: {} as never })).rejects.toThrow("Cannot wait: signal must be");
    expect(reservations).toEqual([]);
  });

  it("of which the limiter complains reject, too", async () => {
    const line = new WaitLine(() => {
      throw new RangeError("n");
    });
    await expect(line.wait(0)).rejects.toEqual(new RangeError("n"));
  });
});
