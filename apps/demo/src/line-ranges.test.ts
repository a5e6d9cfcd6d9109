import fc from "fast-check";
import { expect, it } from "vitest";
import { LineRanges } from "./line-ranges.ts";

it("holds the numbers added, in any order, as the fewest ranges", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 40 })), (lines) => {
      const ranges = new LineRanges();
      for (const line of lines) ranges.add(line);
      const held = ranges.toArray().flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
      expect(held).toEqual([...lines].sort((a, b) => a - b));
      expect(ranges.size).toBe(lines.length);
      const gaps = ranges
        .toArray()
        .slice(1)
        .map(([from], index) => from - (ranges.toArray()[index]?.[1] ?? 0));
      expect(gaps.every((gap) => gap > 1)).toBe(true);
    }),
  );
});
