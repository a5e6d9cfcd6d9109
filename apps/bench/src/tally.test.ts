import { describe, expect, it } from "vitest";
import { Tally } from "./tally.ts";

function tallyOf(...items: number[]): Tally {
  const tally = new Tally();
  for (const item of items) tally.take(item);
  return tally;
}

describe("a tally", () => {
  it("is content with all items in order", () => {
    expect(() => tallyOf(0, 1, 2).finish(3)).not.toThrow();
  });

  it.each([
    ["an item that is missing", [0, 2]],
    ["an item that comes twice", [0, 0, 1]],
    ["items out of order", [1, 0]],
    ["items that never came", [0]],
    ["items that nobody put in", [0, 1, 2]],
  ])("refuses %s", (_, items) => {
    expect(() => tallyOf(...items).finish(2)).toThrow("Wrong result");
  });

  it("refuses nothing in place of an item", () => {
    const tally = new Tally();
    tally.take(undefined);
    expect(() => tally.finish(1)).toThrow("item 0 came as undefined");
  });

  it.each([[[0, 1, 3]], [[1, 1, 2]], [[0, 1]], [[]]])("sees at the ends of a batch that it is wrong: %j", (items) => {
    const tally = new Tally();
    tally.takeBatch(items, false);
    expect(() => tally.finish(3)).toThrow("Wrong result");
  });

  it("looks into a batch if it is asked to", () => {
    const hasty = new Tally();
    hasty.takeBatch([0, 7, 2], false);
    expect(() => hasty.finish(3)).not.toThrow();
    const thorough = new Tally();
    thorough.takeBatch([0, 7, 2], true);
    expect(() => thorough.finish(3)).toThrow("item 1 came as 7");
  });

  it("goes on over batches", () => {
    const tally = new Tally();
    tally.takeBatch([0, 1], false);
    tally.takeBatch([2], true);
    tally.takeBatch([3, 4, 5], false);
    expect(tally.taken).toBe(6);
    expect(() => tally.finish(6)).not.toThrow();
  });
});
