import { describe, expect, it } from "vitest";
import { poissonArrivals, seededRandom } from "./arrivals.ts";

describe("poissonArrivals", () => {
  const times = poissonArrivals(100_000, 50_000);
  const gaps = times.subarray(1).map((time, index) => time - (times[index] ?? 0));

  it("are the same each time", () => {
    expect(poissonArrivals(100, 50_000)).toEqual(times.slice(0, 100));
  });

  it("never step back, and come at the rate that was asked for", () => {
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
    expect(times.at(-1)).toBeGreaterThan(1_980);
    expect(times.at(-1)).toBeLessThan(2_020);
  });

  it("are as uneven as chance has it: 37 % of the gaps are above the mean", () => {
    const share = gaps.filter((gap) => gap > 0.02).length / gaps.length;
    expect(share).toBeGreaterThan(0.36);
    expect(share).toBeLessThan(0.38);
  });
});

it("spreads random numbers evenly from 0 to below 1", () => {
  const random = seededRandom(1);
  const tenths = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const tenth = Math.floor(random() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(tenths).toHaveLength(10);
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});
