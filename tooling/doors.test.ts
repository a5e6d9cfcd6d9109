import { describe, expect, test } from "vitest";
import { doors } from "./doors.ts";
import { entriesOf } from "./exports-map.ts";
import { fixture } from "./fixture.ts";
import { doorsOf, readPackages } from "./workspace.ts";

const metadata = {
  description: "It is.",
  license: "MIT",
  type: "module",
  sideEffects: false,
  engines: { node: ">=20.19" },
};
const text = "/**\n * For it.\n *\n * @packageDocumentation\n * @module @disp/x\n */\n";

/** What is wrong with these files, metadata apart. */
function whats(files: Record<string, string | object>): string[] {
  return doors(fixture(files))
    .map(({ path, what }) => `${path}: ${what}`)
    .filter((line) => !line.includes("missing or wrong"));
}

function manifestFor(files: Record<string, string>): object {
  const [member] = readPackages(fixture({ ...files, "packages/x/package.json": { name: "@disp/x" } }));
  if (member === undefined) throw new Error("Cannot read the fixture: packages/x must exist, got nothing");
  const { exports, publishedExports } = entriesOf(doorsOf(member));
  return { name: "@disp/x", exports, publishConfig: { exports: publishedExports } };
}

describe("doors", () => {
  test("are right when exports, files, rooms and tests agree", () => {
    const files = {
      "packages/x/src/index.ts": `${text}export { a } from "./lib/a.ts";`,
      "packages/x/src/lib/a.ts": "export const a = () => 1;",
      "packages/x/src/lib/a.test.ts": "",
      "packages/x/src/lib/types.ts": "export interface B { readonly b: 1 }",
    };
    expect(whats({ ...files, "packages/x/package.json": manifestFor(files) })).toEqual([]);
  });

  test("must be exported, each of them", () => {
    const files = { "packages/x/src/index.ts": text };
    const manifest = manifestFor(files);
    const redis = text.replace("@disp/x", "@disp/x/redis");
    expect(whats({ ...files, "packages/x/src/redis.ts": redis, "packages/x/package.json": manifest })).toEqual([
      'packages/x/package.json: "exports" does not match the files src/*.ts',
      'packages/x/package.json: "publishConfig.exports" does not match the files src/*.ts',
    ]);
  });

  test("must be exported with the source condition first", () => {
    const files = { "packages/x/src/index.ts": text };
    const manifest = JSON.stringify(manifestFor(files)).replace(
      /("@disp\/source":"[^"]+"),("import":\{[^}]+\})/,
      "$2,$1",
    );
    expect(whats({ ...files, "packages/x/package.json": manifest })).toEqual([
      'packages/x/package.json: "exports" does not match the files src/*.ts',
    ]);
  });

  test("include a main one", () => {
    expect(whats({ "packages/x/package.json": { name: "@disp/x" } })).toEqual(["packages/x: it has no main door"]);
  });

  test("of private packages lead to their sources and need no comment", () => {
    const manifest = { ...metadata, name: "@disp/x", private: true };
    const files = { "packages/x/src/index.ts": 'export { a } from "./lib/a.ts";' };
    const exports = { ".": "./src/index.ts" };
    expect(doors(fixture({ ...files, "packages/x/package.json": { ...manifest, exports } }))).toEqual([]);
    expect(whats({ ...files, "packages/x/package.json": manifest })).toEqual([
      'packages/x/package.json: "exports" does not match the files src/*.ts',
    ]);
  });

  test("may export all in the family's front only", () => {
    const front = text.replace("@disp/x", "@disp/core");
    const files = { "packages/core/src/index.ts": `${front}export * from "@disp/x";` };
    const found = whats({
      ...files,
      "packages/core/package.json": { ...manifestFor({ "packages/x/src/index.ts": "" }), name: "@disp/core" },
    });
    expect(found).toEqual([]);
  });

  test("are not the place for a room without a test", () => {
    const files = { "packages/x/src/index.ts": text, "packages/x/src/lib/deep/a.ts": "export const a = () => 1;" };
    expect(whats({ ...files, "packages/x/package.json": manifestFor(files) })).toEqual([
      "packages/x/src/lib/deep/a.ts: it has no test beside it",
    ]);
  });
});
