import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { retryDelay } from "./retry-delay.ts";

describe("retryDelay", () => {
  const reported: unknown[] = [];
  const listen = (error: unknown): void => void reported.push(error);

  beforeEach(() => {
    reported.length = 0;
    process.on("unhandledRejection", listen);
  });

  afterEach(() => void process.off("unhandledRejection", listen));

  it("is what the policy says, and undefined without one", () => {
    const policy = { nextDelayMs: (attempt: number) => (attempt === 1 ? 7 : undefined) };
    expect([retryDelay(policy, 1, "no"), retryDelay(policy, 2, "no")]).toEqual([7, undefined]);
    expect(retryDelay(undefined, 1, "no")).toBeUndefined();
  });

  it("stops, and reports, when the policy throws or answers what is no delay", async () => {
    const answers = [-1, NaN, Infinity, "5" as unknown as number];
    for (const answer of answers) expect(retryDelay({ nextDelayMs: () => answer }, 1, "no")).toBeUndefined();
    const mistake = new Error("policy");
    const broken = {
      nextDelayMs: () => {
        throw mistake;
      },
    };
    expect(retryDelay(broken, 1, "no")).toBeUndefined();
    await vi.waitFor(() => expect(reported).toHaveLength(5));
    expect(reported.at(-1)).toBe(mistake);
  });
});
