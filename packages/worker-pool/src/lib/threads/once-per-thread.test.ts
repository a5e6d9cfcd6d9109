import { describe, expect, it } from "vitest";
import { oncePerThread } from "./once-per-thread.ts";

describe("something there is one of in a thread", () => {
  it("is made once for each name, and changes nothing that others see", () => {
    const before = Object.keys(globalThis);
    const first = oncePerThread("first", () => ({ number: 1 }));
    expect(oncePerThread("first", () => ({ number: 2 }))).toBe(first);
    expect(oncePerThread("second", () => ({ number: 2 }))).toEqual({ number: 2 });
    expect(Object.keys(globalThis)).toEqual(before);
  });
});
