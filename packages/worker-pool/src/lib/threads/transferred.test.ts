import { describe, expect, it } from "vitest";
import { transferOf, transferred } from "./transferred.ts";

describe("transferred", () => {
  it("returns the result itself and remembers what of it is moved", () => {
    const bytes = new Uint8Array(4);
    expect(transferred(bytes, [bytes.buffer])).toBe(bytes);
    expect(transferOf(bytes)).toEqual([bytes.buffer]);
  });

  it("says nothing of other results", () => {
    expect([{}, null, undefined, 1, "a"].map(transferOf)).toEqual(Array(5).fill(undefined));
  });

  it("takes objects and lists only", () => {
    expect(() => transferred(1 as never, [])).toThrow(
      new TypeError("Cannot transfer a result: result must be an object, got 1"),
    );
    expect(() => transferred({}, new Set() as never)).toThrow(
      new TypeError("Cannot transfer a result: transfer must be an array, got an instance of Set"),
    );
  });
});
