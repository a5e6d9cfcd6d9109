import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Alarm } from "./alarm.ts";

describe("Alarm", () => {
  let rings: number[];
  let alarm: Alarm;

  beforeEach(() => {
    vi.useFakeTimers();
    rings = [];
    alarm = new Alarm(() => rings.push(performance.now()));
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("rings once, at the time it was set for", () => {
    alarm.set(100, 0);
    expect(alarm.at).toBe(100);
    vi.advanceTimersByTime(99);
    expect(rings).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(rings).toEqual([100]);
    expect(alarm.at).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("moves to a later time without a second timer", () => {
    const setTimeoutSpy = vi.spyOn(globalThis, "setTimeout");
    alarm.set(100, 0);
    alarm.set(150, 0);
    alarm.set(250, 0);
    expect(setTimeoutSpy).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1_000);
    expect(rings).toEqual([250]);
  });

  it("moves to an earlier time", () => {
    alarm.set(100, 0);
    alarm.set(10, 0);
    vi.advanceTimersByTime(1_000);
    expect(rings).toEqual([10]);
  });

  it("needs no second timer for the same time, whole milliseconds or not", () => {
    const setTimeoutSpy = vi.spyOn(globalThis, "setTimeout");
    alarm.set(100.4, 0.2);
    alarm.set(100.4, 7.1);
    alarm.set(100.5, 7.1);
    expect(setTimeoutSpy).toHaveBeenCalledTimes(1);
    alarm.set(100.3, 7.1);
    expect(setTimeoutSpy).toHaveBeenCalledTimes(2);
  });

  it("leaves no timer behind when it is cleared", () => {
    alarm.set(100, 0);
    alarm.clear();
    alarm.clear();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1_000);
    expect(rings).toEqual([]);
  });

  it("never rings inside set, not even for a time in the past", () => {
    alarm.set(-5, 0);
    expect(rings).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(rings).toHaveLength(1);
  });

  it("keeps times beyond the longest delay of setTimeout", () => {
    const month = 30 * 24 * 3_600_000;
    alarm.set(month, 0);
    vi.advanceTimersByTime(month - 1);
    expect(rings).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(rings).toEqual([month]);
  });

  it("needs no timer for Infinity", () => {
    alarm.set(100, 0);
    alarm.set(Infinity, 0);
    expect(vi.getTimerCount()).toBe(0);
    expect(alarm.at).toBeUndefined();
  });

  it("may be set again from within its ring", () => {
    const again = new Alarm(() => {
      rings.push(performance.now());
      if (rings.length < 3) again.set(performance.now() + 10, performance.now());
    });
    again.set(10, 0);
    vi.advanceTimersByTime(1_000);
    expect(rings).toEqual([10, 20, 30]);
  });

  it("waits on when its timer fires early", () => {
    alarm.set(100.4, 0);
    vi.advanceTimersByTime(100);
    expect(rings).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(rings).toEqual([101]);
  });

  it("lets the process exit only when told that it guards nothing", () => {
    vi.useRealTimers();
    const unref = vi.spyOn(Object.getPrototypeOf(setTimeout(() => {}, 0)) as { unref(): void }, "unref");
    alarm.set(performance.now() + 60_000, performance.now());
    expect(unref).not.toHaveBeenCalled();
    alarm.set(performance.now() + 60_000, performance.now(), { keepAlive: false });
    expect(unref).toHaveBeenCalledTimes(1);
    alarm.clear();
    unref.mockRestore();
  });

  it("changes its mind about the process without a new timer", () => {
    vi.useRealTimers();
    const setTimeoutSpy = vi.spyOn(globalThis, "setTimeout");
    const at = performance.now() + 60_000;
    alarm.set(at, performance.now(), { keepAlive: false });
    const timer = setTimeoutSpy.mock.results[0]?.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    alarm.set(at + 1, performance.now());
    expect(timer.hasRef()).toBe(true);
    alarm.set(at + 2, performance.now(), { keepAlive: false });
    expect(timer.hasRef()).toBe(false);
    expect(setTimeoutSpy).toHaveBeenCalledTimes(1);
    alarm.clear();
    setTimeoutSpy.mockRestore();
  });
});
