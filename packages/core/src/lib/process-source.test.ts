import { describe, expect, it } from "vitest";
import { processSource } from "./process-source.ts";
import type { Summary } from "./summary.ts";

const summary = { delivered: 1 } as Summary;

function setUp(consume: () => Promise<void>) {
  const calls: string[] = [];
  return {
    calls,
    dispatcher: {
      consume: () => {
        calls.push("consume");
        return consume();
      },
      drain: () => {
        calls.push("drain");
        return Promise.resolve(summary);
      },
    },
  };
}

describe("processSource", () => {
  it("consumes, then drains", async () => {
    const { calls, dispatcher } = setUp(() => Promise.resolve());
    expect(await processSource([1], dispatcher, undefined)).toBe(summary);
    expect(calls).toEqual(["consume", "drain"]);
  });

  it("drains before it passes on what the source threw", async () => {
    const { calls, dispatcher } = setUp(() => Promise.reject(new Error("source")));
    await expect(processSource([1], dispatcher, undefined)).rejects.toThrow("source");
    expect(calls).toEqual(["consume", "drain"]);
  });
});
