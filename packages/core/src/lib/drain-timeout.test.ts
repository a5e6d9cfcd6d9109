import { expect, it } from "vitest";
import { drainTimeout } from "./drain-timeout.ts";

it("is a TimeoutError, as those of the platform are, and says how long it waited", () => {
  const error = drainTimeout(50);
  expect(error.name).toBe("TimeoutError");
  expect(error.message).toBe("Cannot drain: everything must be sent within 50 ms (timeoutMs), got items that were not");
});
