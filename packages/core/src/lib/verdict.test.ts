import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { verdictOf } from "./verdict.ts";

describe("verdictOf", () => {
  const reported: unknown[] = [];
  const listen = (error: unknown): void => void reported.push(error);

  beforeEach(() => {
    reported.length = 0;
    process.on("unhandledRejection", listen);
  });

  afterEach(() => void process.off("unhandledRejection", listen));

  it("reads each decision", () => {
    expect(verdictOf("drop")).toBe("drop");
    expect([verdictOf({ retryAfterMs: 0 }), verdictOf({ retryAfterMs: 7.5 })]).toEqual([
      { delayMs: 0 },
      { delayMs: 7.5 },
    ]);
    for (const nothing of ["retry", undefined, null, { retryAfterMs: undefined }]) {
      expect(verdictOf(nothing)).toEqual({ delayMs: undefined });
    }
  });

  it.each([
    ["Drop", '"Drop"'],
    [500, "500"],
    [{ retryAfter: 5 }, "an object"],
    [{ retryAfterMs: Number.NaN }, "a retryAfterMs of NaN"],
    [{ retryAfterMs: -1 }, "a retryAfterMs of -1"],
    [{ retryAfterMs: "5" }, 'a retryAfterMs of "5"'],
    [{ retryAfterMs: Infinity }, "a retryAfterMs of Infinity"],
    [Promise.resolve("drop"), "an instance of Promise"],
  ])("reports %o, and leaves the decision to the policy", async (decision, shown) => {
    expect(verdictOf(decision)).toEqual({ delayMs: undefined });
    await vi.waitFor(() => expect(reported).toHaveLength(1));
    expect(String(reported[0])).toBe(
      `TypeError: Cannot retry: onError must return "retry", "drop", { retryAfterMs: a number >= 0 } or nothing, got ${shown}`,
    );
  });
});
