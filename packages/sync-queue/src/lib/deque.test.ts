import { describe, expect, it } from "vitest";
import { Deque } from "./deque.ts";

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe("Deque", () => {
  it("gives items back first in, first out across many segments", () => {
    const deque = new Deque<number>();
    for (const item of range(0, 10_000)) deque.pushBack(item);
    expect(deque.size).toBe(10_000);
    expect(range(0, 10_000).map(() => deque.popFront())).toEqual(range(0, 10_000));
    expect(deque.size).toBe(0);
  });

  it("grows and shrinks at the front as it does at the back", () => {
    const deque = new Deque<number>();
    for (const item of range(0, 10_000)) deque.pushFront(item);
    expect(deque.peekFront()).toBe(9_999);
    expect(deque.peekBack()).toBe(0);
    expect(range(0, 10_000).map(() => deque.popBack())).toEqual(range(0, 10_000));
    expect(deque.popBack()).toBeUndefined();
  });

  it.each([undefined, null, 0, -0, NaN, "", false, 0n])("takes %s for an item", (value) => {
    const deque = new Deque<unknown>();
    deque.pushBack(value);
    deque.pushFront(value);
    expect(deque.size).toBe(2);
    expect(deque.peekFront()).toBe(value);
    expect(deque.peekBack()).toBe(value);
    expect([...deque]).toEqual([value, value]);
    expect(deque.popFront()).toBe(value);
    expect(deque.popBack()).toBe(value);
    expect(deque.size).toBe(0);
  });

  it("answers undefined when it is empty, and works on", () => {
    const deque = new Deque<number>();
    expect(deque.popFront()).toBeUndefined();
    expect(deque.popBack()).toBeUndefined();
    expect(deque.peekFront()).toBeUndefined();
    expect(deque.peekBack()).toBeUndefined();
    expect(deque.clear()).toEqual([]);
    expect([...deque]).toEqual([]);
    deque.pushFront(1);
    expect(deque.popBack()).toBe(1);
  });

  it("hands its contents back in order when it is cleared", () => {
    const deque = new Deque<number>();
    for (const item of range(0, 5_000)) deque.pushBack(item);
    for (const item of range(1, 100)) deque.pushFront(-item);
    expect(deque.clear()).toEqual(range(-99, 5_000));
    expect(deque.size).toBe(0);
    deque.pushBack(7);
    expect(deque.clear()).toEqual([7]);
  });

  it("leaves the items inside when it is iterated over", () => {
    const deque = new Deque<number>();
    for (const item of range(0, 100)) deque.pushBack(item);
    expect([...deque]).toEqual(range(0, 100));
    expect(deque.size).toBe(100);
  });

  it("is back at its first capacity once it is empty", () => {
    const deque = new Deque<number>();
    expect(deque.capacity).toBe(16);
    for (const item of range(0, 100_000)) deque.pushBack(item);
    expect(deque.capacity).toBeGreaterThanOrEqual(100_000);
    while (deque.size > 0) deque.popFront();
    expect(deque.capacity).toBe(16);
  });

  it("shrinks while it empties", () => {
    const deque = new Deque<number>();
    for (const item of range(0, 100_000)) deque.pushBack(item);
    while (deque.size > 100) deque.popFront();
    expect(deque.capacity).toBeLessThan(3 * 2_048);
    for (const item of range(0, 100_000)) deque.pushFront(item);
    while (deque.size > 100) deque.popBack();
    expect(deque.capacity).toBeLessThan(3 * 2_048);
  });

  it("keeps few slots while few items pass through", () => {
    const deque = new Deque<number>();
    deque.pushBack(0);
    for (const item of range(0, 10_000)) {
      deque.pushBack(item);
      deque.popFront();
    }
    expect(deque.capacity).toBeLessThanOrEqual(4 * 16);
  });

  it("counts its slots right when segments of many sizes are recycled", () => {
    const deque = new Deque<number>({ initialCapacity: 1 });
    for (const length of [3, 40, 7, 5_000, 1, 300]) {
      for (const item of range(0, length)) deque.pushBack(item);
      for (const item of range(0, length)) deque.pushFront(item);
      for (let turn = 0; turn < length; turn++) deque.pushBack(deque.popFront()!);
      while (deque.size > 1) deque.popBack();
      expect(deque.capacity).toBeGreaterThanOrEqual(deque.size);
      deque.popFront();
      expect(deque.capacity).toBe(1);
    }
  });

  it("keeps as many slots as it was told", () => {
    expect(new Deque({ initialCapacity: 5_000 }).capacity).toBe(5_000);
    expect(new Deque({ initialCapacity: 10 ** 12 }).capacity).toBe(65_536);
  });

  it.each([0, -1, 1.5, NaN, Infinity])("refuses an initial capacity of %s", (initialCapacity) => {
    expect(() => new Deque({ initialCapacity })).toThrow(RangeError);
    expect(() => new Deque({ initialCapacity })).toThrow(
      `Cannot create a Deque: initialCapacity must be a whole number >= 1, got ${initialCapacity}`,
    );
  });

  it("refuses options and an initial capacity of the wrong kind", () => {
    expect(() => new Deque({ initialCapacity: "16" as never })).toThrow(TypeError);
    expect(() => new Deque({ initialCapacity: null as never })).toThrow(TypeError);
    const rule = "Cannot create a Deque: options must be an object with only initialCapacity";
    expect(() => new Deque(null as never)).toThrow(`${rule}, got null`);
    expect(() => new Deque([1, 2] as never)).toThrow(`${rule}, got an array of 2 with "0"`);
    expect(() => new Deque({ capacity: 3 } as never)).toThrow(`${rule}, got an object with "capacity"`);
    expect(new Deque({ initialCapacity: undefined }).capacity).toBe(16);
  });
});
