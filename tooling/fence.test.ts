import { describe, expect, test } from "vitest";
import { fencesOf } from "./fence.ts";

function markdown(...lines: string[]) {
  return fencesOf("README.md", lines.join("\n"));
}

describe("fences", () => {
  test("tagged redis are told so, and run", () => {
    expect(markdown("```ts redis", "a();", "```")).toMatchObject({
      fences: [{ runs: true, needsRedis: true }],
      problems: [],
    });
  });

  test("of ts are found in Markdown, those of other languages are left", () => {
    const found = markdown(
      "# Title",
      "```sh",
      "npm i",
      "```",
      "```ts",
      "a();",
      "b();",
      "```",
      "```js",
      "c();",
      "```",
      "```",
      "d",
      "```",
    );
    expect(found).toEqual({
      fences: [{ path: "README.md", line: 5, code: "a();\nb();", runs: true, needsRedis: false }],
      problems: [],
    });
  });

  test("inside a fence with more ticks are its text", () => {
    expect(markdown("````md", "```ts", "a();", "```", "````").fences).toEqual([]);
  });

  test("in a list lose the list's indentation", () => {
    expect(markdown("- so:", "  ```ts", "  if (a) {", "    b();", "  }", "", "  ```").fences[0]?.code).toBe(
      "if (a) {\n  b();\n}\n",
    );
  });

  test("are found in doc comments, with their lines in the file", () => {
    const text = [
      "// ```ts",
      "/**",
      " * For it.",
      " *",
      " * @example",
      " * ```ts",
      ' * import { a } from "@disp/a";',
      " * if (a) {",
      " *   a(); // => 1",
      " * }",
      " * ```",
      " */",
      "const text = `",
      "```ts",
      "`;",
      "class A {",
      "  /** ",
      "   * ```ts",
      "   * b();",
      "   * ```",
      "   */",
      "}",
    ];
    expect(fencesOf("src/a.ts", text.join("\n")).fences).toEqual([
      {
        path: "src/a.ts",
        line: 6,
        code: 'import { a } from "@disp/a";\nif (a) {\n  a(); // => 1\n}',
        runs: true,
        needsRedis: false,
      },
      { path: "src/a.ts", line: 18, code: "b();", runs: true, needsRedis: false },
    ]);
  });

  test("may be tagged no-run, with a reason", () => {
    const found = markdown(
      "```ts no-run needs a server",
      "a();",
      "```",
      "<!-- needs a server -->",
      "```ts no-run",
      "b();",
      "```",
    );
    expect(found.problems).toEqual([]);
    expect(found.fences).toMatchObject([
      { runs: false, needsRedis: false },
      { runs: false, needsRedis: false },
    ]);
  });

  test("tagged no-run without a reason are a problem", () => {
    expect(markdown("text", "```ts no-run", "a();", "```").problems).toMatchObject([
      { path: "README.md:2", what: "no-run has no reason" },
    ]);
  });

  test("cannot be ignored", () => {
    expect(markdown("```ts ignore", "a();", "```").problems).toMatchObject([
      { path: "README.md:1", what: 'the tag "ignore" is unknown' },
    ]);
  });

  test("cannot hide behind the language's long name", () => {
    expect(markdown("```typescript", "a();", "```").problems).toMatchObject([{ what: "its language is spelled out" }]);
  });

  test("that are never closed reach to the end", () => {
    expect(markdown("```ts", "a();").fences[0]?.code).toBe("a();");
  });
});
