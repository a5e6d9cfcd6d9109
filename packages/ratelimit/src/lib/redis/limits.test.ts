import { describe, expect, it } from "vitest";
import { Limits } from "./limits.ts";

const TWO = new Limits([
  { ratePerSecond: 10, burst: 5 },
  { ratePerSecond: 1, burst: 20 },
]);

describe("readings of several tiers", () => {
  it("say when tokens are there by the slowest of them", () => {
    expect(TWO.delayMs([-500_000, -20_000_000], 1)).toBe(0);
    expect(TWO.delayMs([0, -20_000_000], 1)).toBe(100);
    expect(TWO.delayMs([-500_000, 0], 1)).toBe(1_000);
    expect(TWO.delayMs([0, 0], 5)).toBe(5_000);
  });

  it("say never for more than the smallest burst", () => {
    expect(TWO.maxTokens).toBe(5);
    expect(TWO.delayMs([-500_000, -20_000_000], 5)).toBe(0);
    expect(TWO.delayMs([-500_000, -20_000_000], 5.5)).toBe(Infinity);
  });

  it("know which tier is full again first", () => {
    expect(TWO.quickest).toBe(0);
    expect(new Limits([...TWO.tiers].reverse()).quickest).toBe(1);
  });
});

describe("whole microseconds", () => {
  it("round a delay up, but not for the last bit of a sum", () => {
    const limits = new Limits([{ ratePerSecond: 3, burst: 9 }]);
    expect(limits.delayMs([0], 1)).toBe(333.334);
    expect(limits.delayMs([0], 3)).toBe(1_000);
  });
});
