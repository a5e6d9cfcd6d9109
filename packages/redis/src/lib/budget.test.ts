import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Budget } from "./budget.ts";

describe("the time budget of a call", () => {
  const onOver = vi.fn();

  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    onOver.mockClear();
  });

  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it("is over at its time, once", () => {
    new Budget(100, onOver);
    vi.advanceTimersByTime(99);
    expect(onOver).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(onOver).toHaveBeenCalledOnce();
  });

  it("ends without a word when it was enough", () => {
    new Budget(100, onOver).end();
    vi.advanceTimersByTime(1_000);
    expect(onOver).not.toHaveBeenCalled();
  });

  it("may have no end, and has no timer then", () => {
    new Budget(Infinity, onOver);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that is longer than timers can wait is not over at once", () => {
    const budget = new Budget(1e12, onOver);
    vi.advanceTimersByTime(1_000_000);
    expect(onOver).not.toHaveBeenCalled();
    budget.end();
  });

  it("says how much of it is left", () => {
    const budget = new Budget(100, onOver);
    expect(budget.leftMs).toBe(100);
    vi.advanceTimersByTime(70);
    expect(budget.leftMs).toBe(30);
    budget.end();
    expect(new Budget(Infinity, onOver).leftMs).toBe(Infinity);
  });

  it("gets back the time in which the event loop stood still", () => {
    new Budget(100, onOver);
    vi.spyOn(performance, "now").mockReturnValueOnce(performance.now() + 130);
    vi.advanceTimersByTime(129);
    expect(onOver).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onOver).toHaveBeenCalledOnce();
  });
});
