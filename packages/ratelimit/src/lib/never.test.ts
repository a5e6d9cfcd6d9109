import { expect, it } from "vitest";
import { whyNever } from "./never.ts";

it("names the limit that never allows it, and nothing that does", () => {
  expect(whyNever(6, { ratePerSecond: 1, burst: 5 })).toBe("n must be at most the burst of 5, got 6");
  expect(whyNever(6, { ratePerSecond: 0, burst: 5 })).toBe("n must be at most the burst of 5, got 6");
  expect(whyNever(5, { ratePerSecond: 0, burst: 5 })).toBe(
    "ratePerSecond must be greater than 0 once the burst of 5 is used up, got 0",
  );
  expect(whyNever(5, { ratePerSecond: 1, burst: 5 })).toBeUndefined();
  expect(whyNever(6, { ratePerSecond: Infinity, burst: 5 })).toBeUndefined();
});
