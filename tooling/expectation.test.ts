import ts from "typescript";
import { describe, expect, test } from "vitest";
import { expectationsIn } from "./expectation.ts";

function read(code: string) {
  const { expectations, problems } = expectationsIn(ts.createSourceFile("a.ts", code, ts.ScriptTarget.Latest, true));
  return {
    found: expectations.map((one) => [
      one.kind === "value" ? code.slice(one.value.start, one.value.end) : one.name,
      one.literal,
      one.canWait,
    ]),
    problems: problems.map(({ path, what }) => `${path}: ${what.replace('"// =>" cannot be checked: ', "")}`),
  };
}

describe("an expectation", () => {
  test.each([
    ["a.b(1); // => 2", "a.b(1)", "2"],
    ["a\n  .b(\n    1,\n  ); // => 2", "a\n  .b(\n    1,\n  )", "2"],
    ["await a(); // => [1, -2, { b: null }]", "await a()", "[1, -2, { b: null }]"],
    ["const a = b(); // => undefined", "a", "undefined"],
    ["let a: number = b(); // => Infinity", "a", "Infinity"],
    ["console.log(a.b); // => true", "a.b", "true"],
    ['console.log(a, b); // => "c"', "console.log(a, b)", '"c"'],
    ["a; // => new Map([[1, 2n]])", "a", "new Map([[1, 2n]])"],
    ["a();\n// => 1_000", "a()", "1_000"],
    ["a() // =>1", "a()", "1"],
  ])("is found in %j", (code, subject, literal) => {
    expect(read(code)).toEqual({ found: [[subject, literal, true]], problems: [] });
  });

  test("may stand in blocks, and waits where it can", () => {
    const code = [
      "for await (const a of b) {",
      "  a; // => 1",
      "}",
      "c(async () => {",
      "  d; // => 2",
      "});",
      "function e() {",
      "  f; // => 3",
      "}",
    ];
    expect(read(code.join("\n")).found).toEqual([
      ["a", "1", true],
      ["d", "2", true],
      ["f", "3", false],
    ]);
  });

  test.each([
    ["a(); // => b", '0: "b" is no literal'],
    ["a(); // => 3 items", '0: "3 items" is no literal'],
    ["a(); // =>", '0: "" is no literal'],
    ["\na(); // => { b: c() }", '1: "{ b: c() }" is no literal'],
    ["const { a } = b; // => 1", "0: more than one variable is before it"],
    ["const a = 1, b = 2; // => 1", "0: more than one variable is before it"],
    ["if (a) {\n} // => 1", "1: no expression, variable or console.log is before it"],
    ["a();\n\n// => 1", "2: no expression, variable or console.log is before it"],
    ["// => 1", "0: no expression, variable or console.log is before it"],
  ])("that cannot be checked is a problem: %j", (code, problem) => {
    expect(read(code)).toEqual({ found: [], problems: [problem] });
  });

  test("is not a comment of another kind", () => {
    expect(read("a(); // 3\nb(() => 1); // a => 1")).toEqual({ found: [], problems: [] });
  });
});
