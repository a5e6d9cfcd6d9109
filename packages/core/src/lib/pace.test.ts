import { expect, it } from "vitest";
import { FreePace } from "./pace.ts";

it("a free pace lets everybody go at once, for ever", () => {
  const pace = new FreePace();
  expect(pace.take()).toBe(true);
  pace.leave();
  expect(pace.take()).toBe(true);
  expect(pace.nextAt).toBe(Infinity);
});
