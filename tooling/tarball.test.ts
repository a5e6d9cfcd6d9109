import { describe, expect, test } from "vitest";
import { type Tarball, tarballProblems } from "./tarball.ts";

const doors = [{ name: "index", subpath: ".", specifier: "@disp/x", path: "packages/x/src/index.ts" }];
const good: Tarball = {
  path: "packages/x",
  files: [
    "README.md",
    "LICENSE",
    "package.json",
    "dist/index.js",
    "dist/index.js.map",
    "dist/index.cjs",
    "dist/index.d.ts",
    "dist/index.d.cts",
    "dist/chunk-A.js",
  ],
  packageJson: JSON.stringify({ name: "@disp/x", dependencies: { "@disp/retry": "^1.0.0" } }),
};

function whats(change: Partial<Tarball>, hasChangelog = false): string[] {
  return tarballProblems({ ...good, ...change }, doors, hasChangelog).map(({ what }) => what);
}

describe("a tarball", () => {
  test("holds built doors and documents", () => {
    expect(whats({})).toEqual([]);
  });

  test.each(["README.md", "LICENSE", "dist/index.cjs", "dist/index.d.cts"])("must hold %s", (file) => {
    expect(whats({ files: good.files.filter((name) => name !== file) })).toEqual([`its tarball lacks ${file}`]);
  });

  test("must hold the changelog if there is one", () => {
    expect(whats({}, true)).toEqual(["its tarball lacks CHANGELOG.md"]);
    expect(whats({ files: [...good.files, "CHANGELOG.md"] }, true)).toEqual([]);
  });

  test.each(["src/index.ts", "dist/index.test.js", "tsup.config.ts"])("must not hold %s", (file) => {
    expect(whats({ files: [...good.files, file] })).toEqual([`its tarball holds ${file}`]);
  });

  test.each(["workspace:", "@disp/source", "catalog:"])("must not say %s in package.json", (trace) => {
    expect(whats({ packageJson: JSON.stringify({ exports: { [trace]: "" } }) })).toEqual([
      `its packed package.json says "${trace}"`,
    ]);
  });

  test.each(["disp", "scripts", "devDependencies"])("must not have %s in package.json", (field) => {
    expect(whats({ packageJson: JSON.stringify({ [field]: {} }) })).toEqual([`its packed package.json has "${field}"`]);
  });

  test("must not pin the packages it depends on", () => {
    expect(whats({ packageJson: JSON.stringify({ dependencies: { "@disp/retry": "1.0.0" } }) })).toEqual([
      'it is packed with the range "1.0.0"',
    ]);
  });
});
