import { expect, it } from "vitest";
import { Milestone } from "./milestone.ts";

it("tells when a number is reached, and not before", async () => {
  const milestone = new Milestone();
  let isReached = false;
  const reached = milestone.reached(2).then(() => (isReached = true));
  milestone.pass();
  await Promise.resolve();
  expect(isReached).toBe(false);
  milestone.pass();
  await reached;
  expect(milestone.passed).toBe(2);
});

it("goes on to the next number", async () => {
  const milestone = new Milestone();
  for (const count of [1, 2]) {
    const reached = milestone.reached(count);
    milestone.pass();
    await reached;
  }
  expect(milestone.passed).toBe(2);
});

it("tells at once what has been reached before", async () => {
  const milestone = new Milestone();
  milestone.pass();
  await milestone.reached(1);
  expect(milestone.passed).toBe(1);
});
