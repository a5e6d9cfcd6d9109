import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, turn } from "../../../../../tooling/observe.ts";
import { Pause } from "./pause.ts";

describe("a pause", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("lasts as long as it should", async () => {
    const wait = follow(new Pause().wait(10));
    await vi.advanceTimersByTimeAsync(9);
    expect(wait.state).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    expect(wait.state).toBe("resolved");
  });

  it("is cut short, leaves no timer behind, and may come again", async () => {
    const pause = new Pause();
    pause.end();
    const first = follow(pause.wait(10));
    pause.end();
    await turn();
    expect([first.state, vi.getTimerCount()]).toEqual(["resolved", 0]);
    const second = follow(pause.wait(10));
    await vi.advanceTimersByTimeAsync(10);
    expect(second.state).toBe("resolved");
  });
});
