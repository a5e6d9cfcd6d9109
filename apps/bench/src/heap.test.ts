import { expect, it } from "vitest";
import { Scales } from "./heap.ts";

const BYTES = 1_000_000;

it.each([
  ["on the heap", () => Array.from({ length: BYTES / 8 }, (_, index) => index)],
  ["beside it", () => new Float64Array(BYTES / 8)],
])("weighs what lies %s, and no longer once it is let go", (_, make) => {
  const scales = new Scales();
  const kept = [make()];
  expect(scales.grown()).toBeGreaterThan(0.9 * BYTES);
  kept.pop();
  expect(scales.grown()).toBeLessThan(0.1 * BYTES);
});
