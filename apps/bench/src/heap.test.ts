import { expect, it } from "vitest";
import { Scales } from "./heap.ts";

const BYTES = 1_000_000;

it.each([
  ["on the heap", () => Array.from({ length: BYTES / 8 }, (_, index) => index)],
  ["beside it", () => new Float64Array(BYTES / 8)],
])("weighs what lies %s, and no longer once it is let go", (_, make) => {
  const scales = new Scales();
  let kept: ArrayLike<number> | undefined = make();
  expect(kept).toHaveLength(BYTES / 8);
  expect(scales.grown()).toBeGreaterThan(0.9 * BYTES);
  kept = undefined;
  expect(scales.grown()).toBeLessThan(0.1 * BYTES);
});
