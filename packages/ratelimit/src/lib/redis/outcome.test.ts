import { describe, expect, it } from "vitest";
import { Limits } from "./limits.ts";
import { Outcome } from "./outcome.ts";

const LIMITS = new Limits([{ ratePerSecond: 10, burst: 5 }]);

describe("an outcome", () => {
  it("counts for each request what was there once it was granted", () => {
    const outcome = new Outcome(LIMITS, 1.5, 3, 1, []);
    expect([0, 1, 2, 3].map((place) => outcome.remaining(place))).toEqual([4, 2, 1, 1]);
  });

  it("never counts more than there can be", () => {
    const outcome = new Outcome(new Limits([{ ratePerSecond: 1e9, burst: 2.5 }]), 1, 9, 1, []);
    expect(outcome.remaining(0)).toBe(2);
  });

  it("says when more could be had, behind others too, and never when that is too much at once", () => {
    const outcome = new Outcome(LIMITS, 1, 0, 0, [0]);
    expect([outcome.delayMs(1), outcome.delayMs(1, 20), outcome.delayMs(6)]).toEqual([100, 2_100, Infinity]);
  });

  it("may ask for another try earlier", () => {
    const outcome = new Outcome(LIMITS, 1, 0, 0, [0], undefined, 50);
    expect([outcome.delayMs(1), outcome.delayMs(6)]).toEqual([50, 50]);
  });
});
