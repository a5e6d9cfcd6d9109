import { expect, it } from "vitest";
import { PeakRate } from "./peak-rate.ts";

it("finds the most that a counter has gone up by within a second", () => {
  const rate = new PeakRate();
  const totals = [0, 5, 30, 60, 62, 63, 64, 80, 81];
  for (const [index, total] of totals.entries()) rate.add(index * 400, total);
  // From 400 to 1,200 ms; from 0 to 1,200 ms is longer than a second.
  expect(rate.peak).toBe(55);
});

it("knows nothing before the second reading", () => {
  const rate = new PeakRate();
  rate.add(0, 1_000);
  expect(rate.peak).toBe(0);
});
