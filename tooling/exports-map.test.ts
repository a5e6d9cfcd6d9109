import { expect, test } from "vitest";
import { entriesOf, privateExportsOf } from "./exports-map.ts";

const doors = [
  { name: "index", subpath: ".", specifier: "@disp/x", path: "packages/x/src/index.ts" },
  { name: "redis", subpath: "./redis", specifier: "@disp/x/redis", path: "packages/x/src/redis.ts" },
];

test("a public package exports each door, its source first and types before code", () => {
  const { exports, publishedExports } = entriesOf(doors);
  expect(Object.keys(exports)).toEqual([".", "./redis", "./package.json"]);
  expect(JSON.stringify(exports["./redis"])).toBe(
    JSON.stringify({
      "@disp/source": "./src/redis.ts",
      import: { types: "./dist/redis.d.ts", default: "./dist/redis.js" },
      require: { types: "./dist/redis.d.cts", default: "./dist/redis.cjs" },
    }),
  );
  expect(JSON.stringify(publishedExports)).not.toContain("source");
});

test("a private package exports its sources", () => {
  expect(privateExportsOf(doors)).toEqual({ ".": "./src/index.ts", "./redis": "./src/redis.ts" });
});
