import { describe, expect, it } from "vitest";
import { RetryAfterError } from "./retry-after-error.ts";

describe("RetryAfterError", () => {
  it("is an error with a name, a code and the time to wait", () => {
    const error = new RetryAfterError("Over quota", { retryAfterMs: 250 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "RetryAfterError",
      code: "DISP_RETRY_AFTER",
      message: "Over quota",
      retryAfterMs: 250,
    });
    expect(String(error)).toBe("RetryAfterError: Over quota");
    expect(Object.hasOwn(error, "cause")).toBe(false);
  });

  it("passes a cause on, whatever it is", () => {
    expect(new RetryAfterError("Over quota", { retryAfterMs: 0, cause: 0 }).cause).toBe(0);
  });

  it.each([
    [{ retryAfterMs: -1 }, RangeError],
    [{ retryAfterMs: NaN }, RangeError],
    [{ retryAfterMs: Infinity }, RangeError],
    [{ retryAfterMs: "1" }, TypeError],
    [{ retryAfterMs: 1, reason: "busy" }, TypeError],
    [5_000, TypeError],
    [null, TypeError],
    [undefined, TypeError],
  ])("refuses %o", (options, kind) => {
    expect(() => new RetryAfterError("Over quota", options as never)).toThrow(kind);
  });
});
