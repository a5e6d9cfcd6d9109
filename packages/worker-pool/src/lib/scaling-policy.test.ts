import { describe, expect, it } from "vitest";
import { doubling } from "./scaling-policy.ts";

describe("doubling", () => {
  it("grows from none to one, and then to twice as many", () => {
    expect([0, 1, 2, 3, 64].map((workers) => doubling().grow(workers, 1))).toEqual([1, 2, 4, 6, 128]);
  });

  it("shrinks to half as many, rounded down", () => {
    expect([5, 2, 1, 0].map((workers) => doubling().shrink(workers))).toEqual([2, 1, 0, 0]);
  });

  it("is one immutable policy for all pools", () => {
    expect(doubling()).toBe(doubling());
    expect(Object.isFrozen(doubling())).toBe(true);
  });
});
