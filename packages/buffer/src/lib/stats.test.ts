import { describe, expect, it } from "vitest";
import { NOTHING, sum } from "./stats.ts";

describe("sum", () => {
  it("adds items to items and sizes to sizes", () => {
    expect(sum({ items: 1, size: 10 }, NOTHING, { items: 2, size: 0.5 })).toEqual({ items: 3, size: 10.5 });
    expect(sum()).toEqual(NOTHING);
  });
});
