import { expect, test } from "vitest";
import { consumerProblems } from "./consumer.ts";
import { entriesOf } from "./exports-map.ts";
import { fixture } from "./fixture.ts";

test("a packed package is loaded and compiled as a stranger would", async () => {
  const doors = ["index", "types", "broken"].map((name) => ({
    name,
    subpath: name === "index" ? "." : `./${name}`,
    specifier: "",
    path: "",
  }));
  const dist = "node_modules/@disp/a/dist";
  const root = fixture({
    "node_modules/@disp/a/package.json": {
      name: "@disp/a",
      type: "module",
      exports: entriesOf(doors).publishedExports,
    },
    [`${dist}/index.js`]: "export const a = class _a {}; export const only = 2;",
    [`${dist}/index.cjs`]: "exports.a = class a {};",
    [`${dist}/index.d.ts`]: "export declare const a: number;",
    [`${dist}/index.d.cts`]: "export declare const a: number;",
    [`${dist}/types.js`]: "",
    [`${dist}/types.cjs`]: "",
    [`${dist}/types.d.ts`]: "export declare const button: HTMLButtonElement;",
    [`${dist}/types.d.cts`]: "export declare const buffer: Buffer;",
    [`${dist}/broken.js`]: "export { x } from 'nowhere';",
    [`${dist}/broken.cjs`]: "",
    [`${dist}/broken.d.ts`]: "export {};",
    [`${dist}/broken.d.cts`]: "export {};",
  });
  const bare = { name: "bare", lib: ["lib.es2022.d.ts"], types: [], isNode: false };
  const problems = await consumerProblems(root, ["@disp/a", "@disp/a/types", "@disp/a/broken"], [bare]);
  expect(problems.map(({ path, what }) => `${path}: ${what}`)).toEqual([
    "@disp/a: import gives a class a that calls itself _a",
    "@disp/a: import gives a,only and require gives a",
    expect.stringContaining("@disp/a/broken: import fails: Error [ERR_MODULE_NOT_FOUND]"),
    expect.stringContaining("@disp/a/dist/types.d.cts:1: in a bare project: Cannot find name 'Buffer'"),
    expect.stringContaining("@disp/a/dist/types.d.ts:1: in a bare project: Cannot find name 'HTMLButtonElement'"),
  ]);
});
