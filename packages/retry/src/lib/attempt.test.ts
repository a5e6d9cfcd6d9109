import { describe, expect, it } from "vitest";
import { checkAttempt } from "./attempt.ts";

describe("checkAttempt", () => {
  it("takes every count of failures from the first on, without end", () => {
    for (const attempt of [1, 2, Number.MAX_SAFE_INTEGER, Infinity]) expect(() => checkAttempt(attempt)).not.toThrow();
  });

  it.each([0, -1, 1.5, NaN, -Infinity, "1" as never])("refuses %s", (attempt) => {
    expect(() => checkAttempt(attempt)).toThrow("Cannot ask a RetryPolicy: attempt must be a whole number >= 1");
  });
});
