import { describe, expect, it } from "vitest";
import { drainTimeout } from "./drain-timeout.ts";

describe("drainTimeout", () => {
  it("is a TimeoutError, as those of the platform are, and says how long it waited", () => {
    const error = drainTimeout(50, undefined);
    expect(error.name).toBe("TimeoutError");
    expect(error.message).toBe(
      "Cannot drain: everything must be sent within 50 ms (timeoutMs), got items that were not",
    );
    expect("cause" in error).toBe(false);
  });

  it("names what the last send failed with", () => {
    const cause = new Error("HTTP 503");
    const error = drainTimeout(50, { cause });
    expect(error.message).toMatch(/got items that were not, the last send failed with Error: HTTP 503$/);
    expect(error).toHaveProperty("cause", cause);
  });
});
