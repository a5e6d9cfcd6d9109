import { describe, expect, it } from "vitest";
import { defaultLaneForKey } from "./default-lane-for-key.ts";

const KEYS = [
  ...Array.from({ length: 20_000 }, (_, index) => `user:${index}`),
  ...Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(index + 1)),
];

describe("defaultLaneForKey", () => {
  it("gives the same key the same lane, now and for ever", () => {
    expect(["", "a", "ann", "user:1", "ключ"].map((key) => defaultLaneForKey(key, 2 ** 32))).toMatchInlineSnapshot(`
      [
        2872998923,
        444641715,
        2778018533,
        1763983599,
        3185335672,
      ]
    `);
  });

  it.each([1, 2, 3, 64, 1_000])("spreads keys evenly over %i lanes", (lanes) => {
    const counts = new Array<number>(lanes).fill(0);
    for (const key of KEYS) {
      const lane = defaultLaneForKey(key, lanes);
      counts[lane] = (counts[lane] ?? NaN) + 1;
    }
    const mean = KEYS.length / lanes;
    expect(Math.max(...counts)).toBeLessThan(mean + 6 * Math.sqrt(mean));
    expect(Math.min(...counts)).toBeGreaterThan(mean - 6 * Math.sqrt(mean));
  });

  it.each([[0], [-1], [1.5], [NaN], [Infinity]])("refuses %s lanes", (lanes) => {
    expect(() => defaultLaneForKey("a", lanes)).toThrow(
      `Cannot choose a lane: lanes must be a whole number >= 1, got ${lanes}`,
    );
  });
});
