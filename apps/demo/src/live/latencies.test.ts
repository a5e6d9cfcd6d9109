import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RollingLatencies } from "./latencies.ts";

describe("RollingLatencies", () => {
  it("has nothing to say when there were none", () => {
    expect(new RollingLatencies(4).read()).toBeUndefined();
  });

  it("finds the value that half, and 99 of 100, do not exceed, to within 5 %", () => {
    const times = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(times, (all) => {
        const latencies = new RollingLatencies(1);
        for (const ms of all) latencies.add(ms);
        const sorted = [...all].sort((a, b) => a - b);
        const exact = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1]!;
        const { p50, p99 } = latencies.read()!;
        expect(Math.abs(p50 / exact(0.5) - 1)).toBeLessThan(0.05);
        expect(Math.abs(p99 / exact(0.99) - 1)).toBeLessThan(0.05);
      }),
    );
  });

  it("forgets each round after as many others", () => {
    const latencies = new RollingLatencies(3);
    latencies.add(1_000);
    latencies.next();
    latencies.next();
    expect(latencies.read()?.p99).toBeGreaterThan(950);
    latencies.next();
    expect(latencies.read()).toBeUndefined();
  });

  it("takes any duration, however short or long", () => {
    const latencies = new RollingLatencies(1);
    for (const ms of [0, 1e-9, 1e12]) latencies.add(ms);
    expect(latencies.read()?.p50).toBeLessThan(0.1);
    latencies.clear();
    expect(latencies.read()).toBeUndefined();
  });
});
