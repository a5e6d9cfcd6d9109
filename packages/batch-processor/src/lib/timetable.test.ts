import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Timed, Timetable } from "./timetable.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});

afterEach(() => {
  vi.useRealTimers();
});

class Thing implements Timed {
  nextAt = Infinity;
  readonly woken: number[] = [];

  expire(now: number): void {
    this.woken.push(now);
    if (this.nextAt <= now) this.nextAt = Infinity;
  }
}

describe("Timetable", () => {
  it("wakes everything at the first time, and then at the next", () => {
    const [one, two] = [new Thing(), new Thing()];
    const timetable = new Timetable([one, two]);
    const now = performance.now();
    one.nextAt = now + 30;
    timetable.wakeAt(one.nextAt, now);
    two.nextAt = now + 10;
    timetable.wakeAt(two.nextAt, now);
    timetable.wakeAt(now + 90, now);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(30);
    expect([one.woken, two.woken]).toEqual([
      [now + 10, now + 30],
      [now + 10, now + 30],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has no timer for what never comes, nor when it is cleared", () => {
    const thing = new Thing();
    const timetable = new Timetable([thing]);
    timetable.wakeAt(Infinity, performance.now());
    expect(vi.getTimerCount()).toBe(0);
    timetable.wakeAt(performance.now() + 5, performance.now());
    timetable.clear();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(5);
    expect(thing.woken).toEqual([]);
  });
});
