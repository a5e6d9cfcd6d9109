import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "./histogram.ts";

describe("Histogram", () => {
  it("is zero while nothing was measured", () => {
    expect(new Histogram().percentiles()).toEqual({ p50: 0, p90: 0, p99: 0, max: 0 });
  });

  it("counts what takes longer than 35 minutes as that, and keeps the longest", () => {
    const histogram = new Histogram();
    histogram.add(5_000_000);
    expect(histogram.percentiles().max).toBe(5_000_000);
    expect(histogram.percentiles().p50).toBeGreaterThan(2_000_000);
  });

  it("is never more than 7 % and a microsecond off, nor beyond the longest", () => {
    const durations = fc.array(fc.double({ min: 0, max: 2_000_000, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(durations, (all) => {
        const histogram = new Histogram();
        for (const ms of all) histogram.add(ms);
        const sorted = [...all].sort((a, b) => a - b);
        const percentiles = histogram.percentiles();
        expect(percentiles.max).toBe(sorted.at(-1));
        for (const [name, share] of [
          ["p50", 0.5],
          ["p90", 0.9],
          ["p99", 0.99],
        ] as const) {
          const exact = sorted[Math.ceil(all.length * share) - 1] ?? 0;
          expect(Math.abs(percentiles[name] - exact)).toBeLessThanOrEqual(exact * 0.07 + 0.001);
          expect(percentiles[name]).toBeLessThanOrEqual(percentiles.max);
        }
      }),
    );
  });
});
