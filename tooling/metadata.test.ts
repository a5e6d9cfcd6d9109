import { describe, expect, test } from "vitest";
import { metadataProblems } from "./metadata.ts";
import type { Member } from "./workspace.ts";

const complete = {
  name: "@disp/x",
  description: "What it is.",
  license: "MIT",
  type: "module",
  sideEffects: false,
  engines: { node: ">=20.19" },
  keywords: ["queue"],
  homepage: "https://github.com/disp-ts/disp/tree/main/packages/x#readme",
  bugs: "https://github.com/disp-ts/disp/issues",
  repository: { type: "git", url: "git+https://github.com/disp-ts/disp.git", directory: "packages/x" },
  main: "./dist/index.cjs",
  module: "./dist/index.js",
  types: "./dist/index.d.ts",
  files: ["dist"],
  publishConfig: { access: "public", provenance: true },
};

function member(manifest: Member["manifest"], isPublic = true): Member {
  return { name: "@disp/x", path: "packages/x", folder: "/nowhere", isPublic, manifest };
}

describe("metadata", () => {
  test("passes when it is complete", () => {
    expect(metadataProblems(member(complete))).toEqual([]);
  });

  test.each(Object.keys(complete).filter((field) => field !== "name" && field !== "publishConfig"))(
    "must have %s",
    (field) => {
      const lacking = Object.fromEntries(Object.entries(complete).filter(([name]) => name !== field));
      expect(metadataProblems(member({ ...lacking, name: "@disp/x" }))).toMatchObject([
        { path: "packages/x/package.json", what: `"${field}" is missing or wrong` },
      ]);
    },
  );

  test("must publish with provenance", () => {
    const manifest = { ...complete, publishConfig: { access: "public", provenance: false } };
    expect(metadataProblems(member(manifest))).toMatchObject([
      { what: '"publishConfig.provenance" is missing or wrong', cure: "Write true" },
    ]);
  });

  test("must not be an empty list", () => {
    expect(metadataProblems(member({ ...complete, keywords: [] } as Member["manifest"]))).toHaveLength(1);
  });

  test("of a private package is shorter", () => {
    const { name, description, license, type, sideEffects, engines } = complete;
    const manifest = { name, description, license, type, sideEffects, engines };
    expect(metadataProblems(member(manifest, false))).toEqual([]);
  });
});
