import { expect, it } from "vitest";
import { coreWaitNs } from "./core-wait.ts";

it("never goes back, and is a number even where the kernel does not say", () => {
  const before = coreWaitNs();
  expect(before).toBeGreaterThanOrEqual(0);
  expect(coreWaitNs()).toBeGreaterThanOrEqual(before);
});
