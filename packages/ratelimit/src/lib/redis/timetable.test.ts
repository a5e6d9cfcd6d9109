import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Appointment, Timetable } from "./timetable.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function setUp() {
  const timetable = new Timetable();
  const rung: string[] = [];
  const appointment = (name: string, readyAt: number): Appointment => ({
    id: timetable.nextId(),
    readyAt,
    heapIndex: -1,
    ring: (now) => rung.push(`${name} at ${now}`),
  });
  return { timetable, rung, appointment };
}

describe("a timetable", () => {
  it("rings at each time, first come first rung among equals, with one timer that ends with the last", () => {
    const { timetable, rung, appointment } = setUp();
    for (const [name, at] of [
      ["c", 30],
      ["a", 10],
      ["b", 10],
    ] as const)
      timetable.add(appointment(name, at), 0);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(30);
    expect(rung).toEqual(["a at 10", "b at 10", "c at 30"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("forgets who leaves, and needs no timer for nobody or for ever", () => {
    const { timetable, rung, appointment } = setUp();
    const [leaving, never] = [appointment("leaving", 10), appointment("never", Infinity)];
    timetable.add(leaving, 0);
    timetable.add(never, 0);
    timetable.remove(leaving);
    timetable.remove(leaving);
    timetable.remove(never);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(100);
    expect(rung).toEqual([]);
  });

  it("lets one that rings make another", () => {
    const { timetable, rung, appointment } = setUp();
    const second = appointment("second", 20);
    const first: Appointment = { ...appointment("first", 10), ring: (now) => timetable.add(second, now) };
    timetable.add(first, 0);
    vi.advanceTimersByTime(20);
    expect(rung).toEqual(["second at 20"]);
  });
});
