import { describe, expect, it } from "vitest";
import { checkReason } from "./drop.ts";

describe("checkReason", () => {
  it("takes each reason", () => {
    const reasons = ["overflow", "rejected", "retries-exhausted", "expired", "conflated", "aborted"] as const;
    for (const reason of [...reasons, "too-large", "too-small"] as const) {
      expect(() => checkReason("drop", reason)).not.toThrow();
    }
  });

  it("refuses everything else", () => {
    for (const reason of [undefined, null, "", "toString", new Error("x")]) {
      expect(() => checkReason("drop", reason as never)).toThrow(TypeError);
    }
    expect(() => checkReason("drop", "bored" as never)).toThrow(
      /^Cannot drop: reason must be "overflow" or .*got "bored"$/,
    );
  });
});
