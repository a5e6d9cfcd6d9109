import { describe, expect, test } from "vitest";
import { fixture } from "./fixture.ts";
import { doorsOf, filesIn, isSource, readApps, readPackages } from "./workspace.ts";

describe("the workspace", () => {
  test("has a package for every folder with a package.json, by name", () => {
    const root = fixture({
      "packages/b/package.json": { name: "@disp/b", private: true },
      "packages/a/package.json": { name: "@disp/a" },
      "packages/empty/notes.txt": "",
      "apps/demo/package.json": { name: "@disp/demo" },
    });
    expect(readPackages(root)).toMatchObject([
      { name: "@disp/a", path: "packages/a", isPublic: true },
      { name: "@disp/b", path: "packages/b", isPublic: false },
    ]);
    expect(readApps(root)).toMatchObject([{ name: "@disp/demo" }]);
  });

  test("may have no apps", () => {
    expect(readApps(fixture({}))).toEqual([]);
  });

  test("finds a package's doors, the main one first, without tests and rooms", () => {
    const root = fixture({
      "packages/a/package.json": { name: "@disp/a" },
      "packages/a/src/bullmq.ts": "",
      "packages/a/src/index.ts": "",
      "packages/a/src/index.test.ts": "",
      "packages/a/src/lib/room.ts": "",
    });
    expect(readPackages(root).flatMap(doorsOf)).toEqual([
      { name: "index", subpath: ".", specifier: "@disp/a", path: "packages/a/src/index.ts" },
      { name: "bullmq", subpath: "./bullmq", specifier: "@disp/a/bullmq", path: "packages/a/src/bullmq.ts" },
    ]);
  });

  test("lists files in depth and leaves out what is installed or built", () => {
    const root = fixture({ "b.ts": "", "a/c.ts": "", "node_modules/x/y.ts": "", "a/dist/z.ts": "" });
    expect(filesIn(root)).toEqual(["a/c.ts", "b.ts"]);
  });

  test("tells code from tests", () => {
    expect(["a.ts", "a.test.ts", "a.test-d.ts", "a.d.ts", "a.md"].filter(isSource)).toEqual(["a.ts"]);
  });
});
