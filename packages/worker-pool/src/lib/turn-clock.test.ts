import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TurnClock } from "./turn-clock.ts";

describe("TurnClock", () => {
  beforeEach(() => void vi.useFakeTimers());

  afterEach(() => void vi.useRealTimers());

  it("reads the time once per burst", async () => {
    const clock = new TurnClock();
    const first = clock.turn;
    vi.advanceTimersByTime(5);
    expect(clock.turn).toBe(first);
    await Promise.resolve();
    expect(clock.turn).not.toBe(first);
    expect(clock.turn.at - first.at).toBe(5);
  });
});
