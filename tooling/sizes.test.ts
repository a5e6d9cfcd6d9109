import { describe, expect, test } from "vitest";
import { fixture } from "./fixture.ts";
import { measure, sizes } from "./sizes.ts";

const files = {
  "packages/a/package.json": {
    name: "@disp/a",
    exports: { ".": { "@disp/source": "./src/index.ts" } },
    peerDependencies: { redis: "5" },
  },
  "packages/a/src/index.ts": 'export const a: string = "a";',
  "packages/a/src/redis.ts":
    'import { createClient } from "redis"; import { x } from "node:fs"; export const b = [createClient, x];',
  "packages/private/package.json": { name: "@disp/private", private: true },
  "packages/private/src/index.ts": "",
};

describe("sizes", () => {
  test("are taken of every public door, without node: modules and peers", async () => {
    const measured = await measure(fixture(files));
    expect([...measured.keys()]).toEqual(["@disp/a", "@disp/a/redis"]);
    expect(measured.get("@disp/a")).toBeGreaterThan(20);
    expect(measured.get("@disp/a")).toBeLessThan(60);
  });

  test("include what a door loads from other packages", async () => {
    const root = fixture({
      ...files,
      "packages/b/package.json": { name: "@disp/b" },
      "packages/b/src/index.ts": 'export { a } from "@disp/a"; export const b = 1234567890;',
      "packages/b/node_modules/@disp/a/package.json": files["packages/a/package.json"],
      "packages/b/node_modules/@disp/a/src/index.ts": files["packages/a/src/index.ts"],
    });
    const measured = await measure(root);
    expect(measured.get("@disp/b")).toBeGreaterThan(measured.get("@disp/a") ?? Infinity);
  });

  test("are compared with the table", async () => {
    const root = fixture({
      ...files,
      "docs/sizes.md": "| door | budget | today |\n| --- | --- | --- |\n| `@disp/a` | 1 | 1 |\n",
    });
    const problems = await sizes(root);
    expect(problems.map(({ what }) => what.replace(/\d+/, "n"))).toEqual([
      "@disp/a has n bytes, its budget is 1",
      "@disp/a/redis is not in the table",
    ]);
  });
});
