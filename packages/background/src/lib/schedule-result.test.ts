import { describe, expect, it } from "vitest";
import { REFUSED, SCHEDULED } from "./schedule-result.ts";

describe("the answers of schedule", () => {
  it("say whether and why not", () => {
    expect(SCHEDULED).toEqual({ scheduled: true });
    for (const [reason, result] of Object.entries(REFUSED)) expect(result).toEqual({ scheduled: false, reason });
  });

  it("are shared, so nobody can change them", () => {
    expect([SCHEDULED, REFUSED, ...Object.values(REFUSED)].every(Object.isFrozen)).toBe(true);
  });
});
