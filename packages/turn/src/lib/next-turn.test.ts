import { describe, expect, it, vi } from "vitest";
import { nextTurn } from "./next-turn.ts";

describe("nextTurn", () => {
  it("lets microtasks and immediates that are due go first", async () => {
    const order: string[] = [];
    const immediate = new Promise<void>((resolve) =>
      setImmediate(() => {
        order.push("immediate");
        resolve();
      }),
    );
    void Promise.resolve().then(() => order.push("microtask"));
    await Promise.all([nextTurn().then(() => order.push("turn")), immediate]);
    expect(order[0]).toBe("microtask");
    expect(order).toContain("turn");
  });

  it("comes although timers stand still", async () => {
    vi.useFakeTimers();
    await nextTurn();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
