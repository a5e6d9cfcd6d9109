import { describe, expect, it } from "vitest";
import { Deliveries, percentile } from "./deliveries.ts";

describe("Deliveries", () => {
  it("counts each item once, and says what came again", () => {
    const deliveries = new Deliveries(4);
    deliveries.deliver([0, 2], 10);
    deliveries.deliver([2, 3], 20);
    expect(deliveries).toMatchObject({ delivered: 3, twice: 1 });
    expect([0, 1, 2, 3].map((item) => deliveries.has(item))).toEqual([true, false, true, true]);
  });

  it("counts latencies from the scheduled time to the first delivery, of those that came", () => {
    const deliveries = new Deliveries(4);
    deliveries.deliver([3, 1], 10);
    deliveries.deliver([1, 0], 20);
    const scheduled = Float64Array.of(0, 5, 6, 9);
    expect([...deliveries.latencies(scheduled)]).toEqual([1, 5, 20]);
    expect([...deliveries.latencies(scheduled, 1)]).toEqual([1, 5]);
    expect([...deliveries.latencies(scheduled, 0, 3)]).toEqual([5, 20]);
  });

  it("sorts by number", () => {
    const deliveries = new Deliveries(3);
    deliveries.deliver([0, 1, 2], 100);
    expect([...deliveries.latencies(Float64Array.of(0, 91, 50))]).toEqual([9, 50, 100]);
  });
});

describe("percentile", () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [0.999, 100],
    [1, 100],
  ])("of 1 to 100, %d: %d", (share, value) => {
    expect(percentile(hundred, share)).toBe(value);
  });

  it("is NaN of none", () => {
    expect(percentile(new Float64Array(0), 0.5)).toBeNaN();
  });
});
