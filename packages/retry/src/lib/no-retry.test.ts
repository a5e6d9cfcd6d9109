import { describe, expect, it } from "vitest";
import { noRetry } from "./no-retry.ts";

describe("noRetry", () => {
  it("stops after the first failure", () => {
    expect(noRetry().nextDelayMs(1, new Error("any"))).toBeUndefined();
    expect(Object.isFrozen(noRetry())).toBe(true);
  });
});
