import { describe, expect, test } from "vitest";
import { fixture } from "./fixture.ts";
import { floors } from "./floors.ts";

const retry = { name: "@disp/retry", disp: { floor: 0 } };
const options = { name: "@disp/options", private: true, disp: { floor: -1 } };

function whats(files: Record<string, string | object>): string[] {
  return floors(fixture(files)).map(({ path, what }) => `${path}: ${what}`);
}

describe("floors", () => {
  test("are in order when every package uses lower floors only", () => {
    const found = whats({
      "packages/options/package.json": options,
      "packages/retry/package.json": { ...retry, devDependencies: { "@disp/options": "workspace:*", vitest: "1" } },
      "packages/retry/src/index.ts": 'import { check } from "@disp/options"; import "./lib/a.ts"; import "node:fs";',
      "packages/buffer/package.json": {
        name: "@disp/buffer",
        disp: { floor: 1 },
        dependencies: { "@disp/retry": "workspace:^" },
        peerDependencies: { ioredis: "*" },
        peerDependenciesMeta: { ioredis: { optional: true } },
      },
      "packages/buffer/src/index.ts": 'export { Retry } from "@disp/retry"; import type { Redis } from "ioredis";',
      "packages/buffer/src/index.test.ts": 'import { test } from "vitest";',
      "apps/demo/package.json": { name: "@disp/demo" },
      "apps/demo/src/main.ts": 'import "@disp/retry"; import "./other.ts"; import "hono";',
    });
    expect(found).toEqual([]);
  });

  test("must be declared, and fit a package's privacy", () => {
    const found = whats({
      "packages/a/package.json": { name: "@disp/a" },
      "packages/b/package.json": { name: "@disp/b", disp: { floor: -1 } },
      "packages/c/package.json": { name: "@disp/c", private: true, disp: { floor: 0 } },
    });
    expect(found).toEqual([
      "packages/a/package.json: it has no floor",
      "packages/b/package.json: floor -1 does not fit",
      "packages/c/package.json: floor 0 does not fit",
    ]);
  });

  test("refuse a dependency on the same floor, and so any cycle", () => {
    const found = whats({
      "packages/a/package.json": { name: "@disp/a", disp: { floor: 0 }, dependencies: { "@disp/b": "workspace:^" } },
      "packages/a/src/index.ts": 'import "@disp/b";',
      "packages/b/package.json": { name: "@disp/b", disp: { floor: 1 }, peerDependencies: { "@disp/a": "*" } },
      "packages/b/src/index.ts": 'import "@disp/a";',
      "packages/c/package.json": { name: "@disp/c", disp: { floor: 1 }, dependencies: { "@disp/b": "workspace:^" } },
      "packages/c/src/index.ts": 'import "@disp/b";',
    });
    expect(found).toEqual([
      "packages/a/package.json: it depends on @disp/b, floor 1, from floor 0",
      "packages/c/package.json: it depends on @disp/b, floor 1, from floor 1",
    ]);
  });

  test("bundle private packages and do not bundle public ones", () => {
    const found = whats({
      "packages/options/package.json": options,
      "packages/retry/package.json": retry,
      "packages/x/package.json": {
        name: "@disp/x",
        disp: { floor: 1 },
        dependencies: { "@disp/options": "workspace:*" },
        devDependencies: { "@disp/retry": "workspace:^" },
      },
      "packages/x/src/index.ts": 'import "@disp/options"; import "@disp/retry";',
    });
    expect(found).toEqual([
      "packages/x/package.json: it depends on the private @disp/options",
      "packages/x/package.json: @disp/retry is a devDependency",
    ]);
  });

  test("refuse outside dependencies, but for known optional peers", () => {
    const found = whats({
      "packages/retry/package.json": {
        ...retry,
        dependencies: { lodash: "4" },
        optionalDependencies: { fsevents: "2" },
        peerDependencies: { redis: "5", pg: "8" },
        peerDependenciesMeta: { pg: { optional: true } },
      },
    });
    expect(found).toEqual([
      "packages/retry/package.json: it depends on lodash",
      "packages/retry/package.json: it depends on fsevents",
      "packages/retry/package.json: its peer redis is not allowed",
      "packages/retry/package.json: its peer pg is not allowed",
    ]);
  });

  test("compare what code imports with what package.json declares", () => {
    const found = whats({
      "packages/options/package.json": options,
      "packages/retry/package.json": { ...retry, devDependencies: { "@disp/options": "workspace:*", vitest: "1" } },
      "packages/retry/src/lib/a.ts": '\nimport "@disp/alarm";\nimport "vitest";',
      "packages/retry/src/lib/a.test.ts": 'import "@disp/options";',
    });
    expect(found).toEqual([
      "packages/retry/src/lib/a.ts:2: it imports @disp/alarm, undeclared",
      "packages/retry/src/lib/a.ts:3: it imports vitest, undeclared",
      "packages/retry/package.json: it declares @disp/options and never imports it",
    ]);
  });

  test("let apps in by public doors only", () => {
    const found = whats({
      "packages/options/package.json": options,
      "packages/options/src/index.ts": "",
      "packages/retry/package.json": retry,
      "packages/retry/src/index.ts": "",
      "apps/demo/package.json": { name: "@disp/demo" },
      "apps/demo/src/main.ts": [
        'import "@disp/retry";',
        'import "@disp/retry/src/lib/a.ts";',
        'import "@disp/options";',
        'import "../../../packages/retry/src/index.ts";',
      ].join("\n"),
    });
    expect(found).toEqual([
      "apps/demo/src/main.ts:2: it imports @disp/retry/src/lib/a.ts, no public door",
      "apps/demo/src/main.ts:3: it imports @disp/options, no public door",
      "apps/demo/src/main.ts:4: it imports ../../../packages/retry/src/index.ts, no public door",
    ]);
  });
});
