import { expect, test } from "vitest";
import { fenceTypes } from "./fence-types.ts";
import { collectFences, writeFences } from "./fences.ts";
import { fixture } from "./fixture.ts";

const config = {
  compilerOptions: {
    strict: true,
    target: "ES2022",
    module: "NodeNext",
    customConditions: ["@disp/source"],
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  },
};

test("the types of examples are checked against the sources, those that do not run as well", () => {
  const root = fixture({
    "package.json": { type: "module" },
    "tsconfig.base.json": config,
    "tooling/fence-runtime.ts": [
      "export function example(origin: string, body: () => Promise<void>): void {}",
      "export async function shows(actual: unknown, expected: unknown): Promise<void> {}",
    ].join("\n"),
    "packages/a/package.json": {
      name: "@disp/a",
      type: "module",
      exports: { ".": { "@disp/source": "./src/index.ts" }, "./deep": { "@disp/source": "./src/deep.ts" } },
    },
    "packages/a/src/index.ts": "export function double(value: number): number { return 2 * value; }",
    "packages/a/src/deep.ts": "export const deep = 1;",
    "README.md": [
      "```ts",
      'import { double } from "@disp/a";',
      "",
      "double(2); // => 4",
      'double("2"); // => 4',
      "```",
      "```ts no-run as a test",
      'import { missing } from "@disp/a/deep";',
      "await Promise.resolve();",
      "```",
    ].join("\n"),
  });
  const { modules } = collectFences(root);
  writeFences(root, modules);
  expect(fenceTypes(root, modules).map(({ path, what }) => `${path}: ${what}`)).toEqual([
    "README.md:5: Argument of type 'string' is not assignable to parameter of type 'number'.",
    "README.md:8: Module '\"@disp/a/deep\"' has no exported member 'missing'.",
  ]);
});
