import { describe, expect, it } from "vitest";
import { Unchanged, unchanged } from "./unchanged.ts";

describe("unchanged", () => {
  it.each([[5], [0], [""], [null], [undefined], [NaN], [[1, 2]]])("wraps %o", (value) => {
    expect(unchanged(value)).toBeInstanceOf(Unchanged);
    expect(unchanged(value).value).toBe(value);
  });

  it("needs no value", () => {
    expect(unchanged().value).toBeUndefined();
  });
});
