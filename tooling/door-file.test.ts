import { describe, expect, test } from "vitest";
import { doorFileProblems } from "./door-file.ts";

const door = { name: "redis", subpath: "./redis", specifier: "@disp/x/redis", path: "packages/x/src/redis.ts" };
const comment = "/**\n * What it is for.\n *\n * @packageDocumentation\n * @module @disp/x/redis\n */\n";

function whats(text: string, mayExportAll = false): string[] {
  return doorFileProblems(door, text, { mayExportAll }).map(({ path, what }) => `${path}: ${what}`);
}

describe("a door", () => {
  test("is a comment and lists of names", () => {
    expect(whats(`${comment}export { a, type B } from "./lib/a.ts";\nexport type { C } from "./lib/c.ts";\n`)).toEqual(
      [],
    );
  });

  test("says what it is for and what it is called", () => {
    expect(whats('export { a } from "./lib/a.ts";')).toEqual([
      "packages/x/src/redis.ts:1: the comment on top lacks @packageDocumentation",
      "packages/x/src/redis.ts:1: the comment on top lacks @module @disp/x/redis",
    ]);
  });

  test("is not called like another door", () => {
    const other = comment.replace("@disp/x/redis", "@disp/x");
    expect(whats(other)).toEqual(["packages/x/src/redis.ts:1: the comment on top lacks @module @disp/x/redis"]);
  });

  test.each([
    'export * from "./lib/a.ts";',
    'export * as a from "./lib/a.ts";',
    "export const a = 1;",
    "export default 1;",
    'import { a } from "./lib/a.ts";',
    "const a = 1; export { a };",
  ])("refuses %s", (code) => {
    expect(whats(comment + code)[0]).toBe("packages/x/src/redis.ts:7: a door holds export lists only");
  });

  test("may export all where the package is the family's front", () => {
    expect(whats(`${comment}export * from "@disp/retry";`, true)).toEqual([]);
  });
});
