import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DRAINING, OPEN, Shutdown, STOPPED, STOPPING } from "./shutdown.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("Shutdown", () => {
  it("only moves forward", () => {
    const shutdown = new Shutdown(() => {});
    expect(shutdown.phase).toBe(OPEN);
    expect([shutdown.advance(STOPPING), shutdown.advance(DRAINING), shutdown.advance(STOPPING)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(shutdown.phase).toBe(STOPPING);
  });

  it("hands over what is left in the order in which it was scheduled, and nothing else of it", async () => {
    const shutdown = new Shutdown<string>(() => {});
    for (const id of [2, 0, 1]) shutdown.add({ id, key: `key ${id}`, arg: `arg ${id}` });
    shutdown.end();
    expect(await shutdown.stopped).toEqual({
      leftover: [0, 1, 2].map((id) => ({ key: `key ${id}`, arg: `arg ${id}` })),
    });
    expect(shutdown.phase).toBe(STOPPED);
  });

  it("rings once, at the earliest of its deadlines", async () => {
    const ring = vi.fn();
    const shutdown = new Shutdown(ring);
    for (const ms of [50, 20, 80]) shutdown.setDeadline(ms);
    await vi.advanceTimersByTimeAsync(19);
    expect(ring).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ring).toHaveBeenCalledTimes(1);
  });

  it("has no timer once it is over", () => {
    const shutdown = new Shutdown(() => {});
    shutdown.setDeadline(50);
    shutdown.end();
    shutdown.end();
    shutdown.setDeadline(50);
    expect(vi.getTimerCount()).toBe(0);
  });
});
