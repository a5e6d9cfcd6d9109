import { existsSync, readFileSync, realpathSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { collectFences, writeFences } from "./fences.ts";
import { fixture } from "./fixture.ts";
import { filesIn } from "./workspace.ts";

const fence = "```ts\na();\n```\n";
const doc = "/**\n * ```ts\n * a();\n * ```\n */\n";

function filesOf(root: string): string[] {
  return collectFences(root).modules.map(({ file }) => file);
}

describe("the examples", () => {
  test("come from Markdown and from doc comments", () => {
    const root = fixture({
      "README.md": fence,
      "ARCHITECTURE.md": fence,
      "CONTRIBUTING.md": fence,
      "CHANGELOG.md": fence,
      "docs/start.md": fence,
      "docs/guides/drain.md": fence,
      "docs/guides/coming-from/go.md": fence,
      "docs/api/a.md": fence,
      "docs/decisions/001.md": fence,
      "packages/a/package.json": { name: "@disp/a" },
      "packages/a/README.md": fence,
      "packages/a/src/index.ts": doc,
      "packages/a/src/lib/a.ts": doc,
      "packages/a/src/lib/a.test.ts": doc,
    });
    expect(filesOf(root)).toEqual([
      "README.md-1.test.ts",
      "ARCHITECTURE.md-1.test.ts",
      "CONTRIBUTING.md-1.test.ts",
      "packages/a/README.md-1.test.ts",
      "docs/start.md-1.test.ts",
      "docs/guides/drain.md-1.test.ts",
      "docs/guides/coming-from/go.md-1.test.ts",
      "packages/a/src/index.ts-2.test.ts",
      "packages/a/src/lib/a.ts-2.test.ts",
    ]);
  });

  test("bring along what is wrong with fences and with expectations", () => {
    const root = fixture({ "README.md": "```ts skip\na();\n```\n```ts\na(); // => b\n```\n" });
    expect(collectFences(root).problems.map(({ path }) => path)).toEqual(["README.md:1", "README.md:5"]);
  });

  test("are written, and removed when they are gone", () => {
    const root = fixture({ "README.md": fence, ".fences/OLD.md-1.test.ts": "" });
    const { modules } = collectFences(root);
    writeFences(root, modules);
    expect(filesIn(join(root, ".fences"))).toEqual(["README.md-1.test.ts"]);
    expect(readFileSync(join(root, ".fences/README.md-1.test.ts"), "utf8")).toBe(modules[0]?.text);
    writeFences(root, []);
    expect(filesIn(join(root, ".fences"))).toEqual([]);
  });

  test("are not written again while they stay the same", () => {
    const root = fixture({ "README.md": fence });
    const { modules } = collectFences(root);
    const path = join(root, ".fences/README.md-1.test.ts");
    writeFences(root, modules);
    utimesSync(path, 1, 1);
    writeFences(root, modules);
    expect(statSync(path).mtimeMs).toBe(1000);
  });

  test("find the packages and their installed peers by name", () => {
    const root = fixture({
      "packages/a/package.json": { name: "@disp/a", peerDependencies: { redis: "5", pg: "8" } },
      "packages/a/node_modules/redis/package.json": {},
      ".fences/node_modules/@disp/gone": "",
    });
    writeFences(root, []);
    const installed = join(root, ".fences/node_modules");
    expect(realpathSync(join(installed, "@disp/a"))).toBe(realpathSync(join(root, "packages/a")));
    expect(existsSync(join(installed, "redis/package.json"))).toBe(true);
    expect(existsSync(join(installed, "pg"))).toBe(false);
    expect(existsSync(join(installed, "@disp/gone"))).toBe(false);
  });
});
