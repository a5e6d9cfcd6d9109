import { describe, expect, test } from "vitest";
import { moduleOf } from "./fence-module.ts";

const fence = { path: "packages/x/README.md", line: 10, runs: true, needsRedis: false };

/** The module's lines as `origin text`, without the source map. */
function lines(code: string, runs = true): string[] {
  const { text, lines } = moduleOf({ ...fence, code, runs });
  return text
    .split("\n")
    .slice(0, lines.length)
    .map((line, index) => `${lines[index] ?? 0} ${line}`.trimEnd());
}

describe("the module of a fence", () => {
  test("hoists imports and keeps every other line in its place", () => {
    expect(lines('import { a } from "@disp/a";\nimport {\n  b,\n} from "@disp/b";\n\na(b);')).toEqual([
      '0 import * as $fence from "../../../tooling/fence-runtime.ts";',
      '11 import { a } from "@disp/a";',
      "12 import {",
      "13   b,",
      '14 } from "@disp/b";',
      '0 $fence.example("packages/x/README.md:10", async () => {',
      "11",
      "12",
      "13",
      "14",
      "15",
      "16 a(b);",
      "0 });",
    ]);
  });

  test.each([
    ["a(); // => 1", "await $fence.shows((a()), (1)); // => 1"],
    ["console.log(a()); // => 1", "await $fence.shows((a()), (1)); // => 1"],
    ["const a = b(); // => 1", "const a = b(); await $fence.shows(a, (1)); // => 1"],
    ["f(() => { a; }); // => 1", "await $fence.shows((f(() => { a; })), (1)); // => 1"],
  ])("asserts %s", (code, asserted) => {
    expect(lines(code)[2]).toBe(`11 ${asserted}`);
  });

  test("keeps lines when an asserted value spans many", () => {
    expect(lines("console.log(\n  a,\n); // => 1\nb();").slice(2, -1)).toEqual([
      "11 await $fence.shows((",
      "12 a",
      "13 ), (1)); // => 1",
      "14 b();",
    ]);
  });

  test("asserts a line inside another asserted statement", () => {
    expect(lines("a(() => {\n  b; // => 1\n}); // => 2").slice(2, -1)).toEqual([
      "11 await $fence.shows((a(() => {",
      "12   $fence.showsNow((b), (1)); // => 1",
      "13 })), (2)); // => 2",
    ]);
  });

  test("is a test file named after its origin", () => {
    expect(moduleOf({ ...fence, code: "" }).file).toBe("packages/x/README.md-10.test.ts");
  });

  test("stands as it is, and is no test, when the fence does not run", () => {
    const code = 'import { a } from "@disp/a";\nexport default a(); // => 1';
    expect(lines(code, false)).toEqual([
      '11 import { a } from "@disp/a";',
      "12 export default a(); // => 1",
      "0 export {};",
    ]);
    expect(moduleOf({ ...fence, code, runs: false }).file).toBe("packages/x/README.md-10.ts");
  });

  test("cannot export while it runs", () => {
    expect(moduleOf({ ...fence, code: "\nexport const a = 1;" }).problems).toMatchObject([
      { path: "packages/x/README.md:12", what: "it exports" },
    ]);
  });

  test("has the problems of its expectations at their lines", () => {
    expect(moduleOf({ ...fence, code: "a();\nb(); // => c" }).problems).toMatchObject([
      { path: "packages/x/README.md:12" },
    ]);
  });

  test("ends with its source map", () => {
    expect(moduleOf({ ...fence, code: "a();" }).text).toMatch(/\n\/\/# sourceMappingURL=\S+\n$/);
  });
});
