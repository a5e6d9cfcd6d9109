import { expect, it } from "vitest";
import { median, spread } from "./statistics.ts";

it("takes the middle, or between the two in the middle", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([1, 2, 3, 10])).toBe(2.5);
  expect(median([])).toBeNaN();
});

it("leaves the values as they are", () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toEqual([3, 1, 2]);
});

it("measures the spread by the middle half, so that a single outlier is none", () => {
  expect(spread([10, 10, 10, 10, 900])).toBe(0);
  expect(spread([8, 9, 10, 11, 12])).toBe(0.2);
});
