import { describe, expect, test } from "vitest";
import { readTable, renew, sizeProblems, writeTable } from "./size-table.ts";

const text = [
  "# Sizes",
  "",
  "| door | budget | today |",
  "| --- | ---: | ---: |",
  "| `@disp/retry` | 1,200 | 1,000 |",
  "| `@disp/x/redis` |   900 |   800 |",
  "",
  "More words.",
  "",
].join("\n");
const table = readTable(text);

function whats(today: Record<string, number>): string[] {
  return sizeProblems(table, new Map(Object.entries(today))).map(({ what }) => what);
}

describe("the table of sizes", () => {
  test("is read", () => {
    expect([...table.values()]).toEqual([
      { door: "@disp/retry", budget: 1200, today: 1000 },
      { door: "@disp/x/redis", budget: 900, today: 800 },
    ]);
  });

  test("holds while numbers are near and within their budgets", () => {
    expect(whats({ "@disp/retry": 1020, "@disp/x/redis": 784 })).toEqual([]);
  });

  test("fails a door over its budget", () => {
    expect(whats({ "@disp/retry": 1201, "@disp/x/redis": 800 })).toEqual([
      "@disp/retry has 1,201 bytes, its budget is 1,200",
    ]);
  });

  test("fails numbers that are stale, in both directions", () => {
    expect(whats({ "@disp/retry": 1021, "@disp/x/redis": 783 })).toEqual([
      "@disp/retry has 1,021 bytes, the table says 1,000",
      "@disp/x/redis has 783 bytes, the table says 800",
    ]);
  });

  test("fails when a door is missing or gone", () => {
    expect(whats({ "@disp/retry": 1000, "@disp/new": 5 })).toEqual([
      "@disp/new is not in the table",
      "@disp/x/redis is no door any more",
    ]);
  });

  test("is renewed: budgets stay, a new door's is 10 % above today, the words around stay", () => {
    const today = new Map([
      ["@disp/retry", 1300],
      ["@disp/new", 2005],
    ]);
    const renewed = writeTable(text, renew(table, today));
    expect(renewed).toBe(
      text.replace("1,000", "1,300").replace("| `@disp/x/redis` |   900 |   800 |", "| `@disp/new` | 2,210 | 2,005 |"),
    );
    expect(writeTable(renewed, [])).not.toContain("`");
  });
});
