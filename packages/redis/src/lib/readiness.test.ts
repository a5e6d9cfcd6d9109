import { beforeEach, describe, expect, it, vi } from "vitest";
import { Readiness } from "./readiness.ts";

describe("commands that wait for a connection", () => {
  let isSettled: boolean;
  let listeners: Set<() => void>;
  let readiness: Readiness;

  const settle = (): void => {
    isSettled = true;
    for (const listener of [...listeners]) listener();
  };

  beforeEach(() => {
    isSettled = false;
    listeners = new Set();
    readiness = new Readiness({
      isSettled: () => isSettled,
      onSettled(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    });
  });

  it("begin at once where there is one", () => {
    isSettled = true;
    const begin = vi.fn();
    readiness.whenReady(begin);
    expect(begin).toHaveBeenCalledOnce();
    expect(listeners.size).toBe(0);
  });

  it("begin in their order, each once, with one listener for all of them", () => {
    const order: number[] = [];
    for (const n of [1, 2, 3]) readiness.whenReady(() => order.push(n));
    expect(listeners.size).toBe(1);
    settle();
    settle();
    expect(order).toEqual([1, 2, 3]);
    expect(listeners.size).toBe(0);
  });

  it("go on waiting when the connection was lost again at once", () => {
    const begin = vi.fn();
    readiness.whenReady(begin);
    for (const listener of listeners) listener();
    expect(begin).not.toHaveBeenCalled();
    settle();
    expect(begin).toHaveBeenCalledOnce();
  });

  it("never begin once they have left, and the last one takes the listener along", () => {
    const [first, second] = [vi.fn(), vi.fn()];
    readiness.whenReady(first);
    readiness.whenReady(second);
    readiness.leave(first);
    expect(listeners.size).toBe(1);
    readiness.leave(second);
    expect(listeners.size).toBe(0);
    settle();
    expect(first).not.toHaveBeenCalled();
    expect(second).not.toHaveBeenCalled();
  });

  it("may ask for more while they begin", () => {
    const later = vi.fn();
    readiness.whenReady(() => readiness.whenReady(later));
    settle();
    expect(later).toHaveBeenCalledOnce();
  });
});
