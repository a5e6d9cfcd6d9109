import { describe, expect, it } from "vitest";
import { Batch } from "./batch.ts";
import { Windows } from "./windows.ts";

const HOST = { waiting: 0, emptied: () => {} };
const batch = (key: string, openedAt: number) => new Batch<number>(HOST, key, 0, openedAt);

function setUp() {
  const ended: [string, number][] = [];
  const windows = new Windows<number>(100, ({ key }, now) => ended.push([key, now]));
  return { windows, ended };
}

describe("Windows", () => {
  it("end in the order in which they were opened, each at its time", () => {
    const { windows, ended } = setUp();
    expect(windows.nextAt).toBe(Infinity);
    windows.add(batch("a", 0));
    windows.add(batch("b", 30));
    windows.add(batch("c", 31));
    expect(windows.nextAt).toBe(100);
    windows.expire(99);
    expect(ended).toEqual([]);
    windows.expire(130);
    expect(ended).toEqual([
      ["a", 130],
      ["b", 130],
    ]);
    expect(windows.nextAt).toBe(131);
  });

  it("can be left early, once", () => {
    const { windows, ended } = setUp();
    const full = batch("full", 0);
    windows.add(full);
    windows.add(batch("b", 5));
    expect([windows.remove(full), windows.remove(full)]).toEqual([true, false]);
    windows.expire(105);
    expect(ended).toEqual([["b", 105]]);
  });

  it("end all at once when there is no time left", () => {
    const { windows, ended } = setUp();
    windows.add(batch("a", 0));
    windows.add(batch("b", 5));
    windows.endAll(6);
    expect(ended).toEqual([
      ["a", 6],
      ["b", 6],
    ]);
    expect(windows.nextAt).toBe(Infinity);
  });
});
