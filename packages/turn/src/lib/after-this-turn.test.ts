import { describe, expect, it, vi } from "vitest";
import { afterThisTurn } from "./after-this-turn.ts";

describe("afterThisTurn", () => {
  it("lets microtasks go first, those set off by others too", async () => {
    const order: string[] = [];
    const done = new Promise<void>((resolve) => {
      afterThisTurn(() => {
        order.push("after");
        resolve();
      });
    });
    void Promise.resolve()
      .then(() => order.push("first"))
      .then(() => order.push("second"));
    await done;
    expect(order).toEqual(["first", "second", "after"]);
  });

  it("comes although timers stand still", async () => {
    vi.useFakeTimers();
    await new Promise<void>((resolve) => afterThisTurn(resolve));
    vi.useRealTimers();
  });
});
