import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RunReminder } from "./run-reminder.ts";

describe("RunReminder", () => {
  const warn = vi.spyOn(console, "warn");

  beforeEach(() => {
    vi.useFakeTimers();
    warn.mockReset().mockImplementation(() => {});
  });

  afterEach(() => void vi.useRealTimers());

  it("tells once, a second after the first task came", () => {
    const reminder = new RunReminder();
    reminder.look(1, performance.now());
    vi.advanceTimersByTime(600);
    reminder.look(2, performance.now());
    vi.advanceTimersByTime(399);
    expect(warn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(warn.mock.calls).toEqual([["@disp/worker-pool: tasks wait, and nobody called run()"]]);
    reminder.look(3, performance.now());
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has no timer without a waiting task", () => {
    const reminder = new RunReminder();
    reminder.look(0, performance.now());
    expect(vi.getTimerCount()).toBe(0);
    reminder.look(1, performance.now());
    expect(vi.getTimerCount()).toBe(1);
    reminder.look(0, performance.now());
    expect(vi.getTimerCount()).toBe(0);
    reminder.look(1, performance.now());
    reminder.clear();
    expect(vi.getTimerCount()).toBe(0);
  });
});
