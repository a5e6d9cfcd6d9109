import { expect, it } from "vitest";
import { heapUsed } from "./heap-used.ts";

it("weighs what is there", async () => {
  const before = await heapUsed();
  const weight = Array.from({ length: 1_000_000 }, (_, index) => ({ index }));
  expect((await heapUsed()) - before).toBeGreaterThan(8_000_000);
  expect(weight).toHaveLength(1_000_000);
});
