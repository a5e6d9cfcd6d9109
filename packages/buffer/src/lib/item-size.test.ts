import { describe, expect, it } from "vitest";
import { ItemTooLargeError, ItemTooSmallError } from "./errors.ts";
import { itemSize, type SizeLimits } from "./item-size.ts";

const UNLIMITED: SizeLimits = { perBatch: Infinity, perItem: Infinity };
const LIMITED: SizeLimits = { perBatch: 10, perItem: 8 };

describe("itemSize", () => {
  it("is what it was said to be, up to the largest that can come in", () => {
    expect([0.5, 8].map((size) => itemSize(size, LIMITED))).toEqual([0.5, 8]);
    expect(() => itemSize(8.5, LIMITED)).toThrow(new ItemTooLargeError(8.5, 8));
  });

  it("may be nothing or absent only where nothing limits the size of batches", () => {
    expect([undefined, 0].map((size) => itemSize(size, UNLIMITED))).toEqual([0, 0]);
    expect(() => itemSize(0, LIMITED)).toThrow(new ItemTooSmallError(0, "> 0"));
    expect(() => itemSize(undefined, LIMITED)).toThrow("Cannot add an item: its size must be a number, got undefined");
  });

  it("is never negative, never infinite and always a number", () => {
    expect(() => itemSize(-1, UNLIMITED)).toThrow(new ItemTooSmallError(-1, ">= 0"));
    expect(() => itemSize(Infinity, UNLIMITED)).toThrow(ItemTooLargeError);
    for (const size of [NaN, "1", null]) expect(() => itemSize(size as never, UNLIMITED)).toThrow(TypeError);
  });

  it("is limited per item even when batches are not", () => {
    const limits = { perBatch: Infinity, perItem: 8 };
    expect(itemSize(undefined, limits)).toBe(0);
    expect(() => itemSize(9, limits)).toThrow(new ItemTooLargeError(9, 8));
  });
});
