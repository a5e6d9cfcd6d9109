import { describe, expect, it } from "vitest";
import { excess, growth, type Sample } from "./watch.ts";

const QUIET: Sample = { heapMb: 20, timers: 5, listeners: 4 };

const samples = (last: Partial<Sample>): Sample[] =>
  Array.from({ length: 9 }, (_, index) => (index < 6 ? QUIET : { ...QUIET, ...last }));

describe("growth", () => {
  it("is none where the last third is like the first", () => {
    expect(growth(samples({}))).toBeUndefined();
    expect(growth(samples({ heapMb: 21.9, timers: 7 }))).toBeUndefined();
  });

  it.each([
    [{ heapMb: 22.1 }, "the heap grew from 20.00 to 22.10 MB"],
    [{ timers: 8 }, "timers grew from 5 to 8"],
    [{ listeners: 5 }, "listeners grew from 4 to 5"],
  ])("is told of: %j", (last, text) => {
    expect(growth(samples(last))).toBe(text);
  });

  it("is not made of a single sample that stands out", () => {
    expect(growth([...samples({}), { heapMb: 99, timers: 99, listeners: 99 }])).toBeUndefined();
  });
});

it("takes many timers or listeners for wrong, whenever they are there", () => {
  expect(excess(QUIET)).toBeUndefined();
  expect(excess({ ...QUIET, timers: 21 })).toBe("21 timers were active at a time, not 20 at most");
  expect(excess({ ...QUIET, listeners: 11 })).toBe("11 listeners were there at a time, not 10 at most");
});
