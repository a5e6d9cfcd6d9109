import { describe, expect, test } from "vitest";
import { fixture } from "./fixture.ts";
import { importsOf, packageOf } from "./imports.ts";

describe("imports", () => {
  test("are found in every form, with their lines", () => {
    const root = fixture({
      "a.ts": [
        'import { a } from "one";',
        'export { b } from "./two.ts";',
        'import type { C } from "three";',
        'const d = await import("four");',
        '// import "not-this";',
      ].join("\n"),
    });
    expect(importsOf(root, "a.ts")).toEqual([
      { specifier: "one", line: 1 },
      { specifier: "./two.ts", line: 2 },
      { specifier: "three", line: 3 },
      { specifier: "four", line: 4 },
    ]);
  });

  test.each([
    ["@disp/retry", "@disp/retry"],
    ["@disp/ratelimit/redis", "@disp/ratelimit"],
    ["redis", "redis"],
    ["redis/client", "redis"],
  ])("of %s belong to the package %s", (specifier, name) => {
    expect(packageOf(specifier)).toBe(name);
  });
});
