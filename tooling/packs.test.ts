import { chmodSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { fixture } from "./fixture.ts";
import { packs } from "./packs.ts";

/** Packs as pnpm does, as far as the check can see: a tarball with a folder `package`, its name as JSON. */
const PNPM =
  '#!/bin/sh\ntar -czf "$4/x.tgz" --transform "s,^[.],package," . && echo "{\\"filename\\":\\"$4/x.tgz\\"}"\n';

function rootWith(pnpm: string, files: Record<string, string | object>): string {
  const root = fixture({ "bin/pnpm": pnpm, "packages/x/src/index.ts": "", ...files });
  chmodSync(join(root, "bin/pnpm"), 0o755);
  vi.stubEnv("PATH", `${join(root, "bin")}${delimiter}${process.env["PATH"] ?? ""}`);
  return root;
}

async function whats(root: string): Promise<string[]> {
  return (await packs(root)).map(({ path, what }) => `${path}: ${what}`);
}

describe("packs", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test("says why a package cannot be packed", async () => {
    const root = rootWith("#!/bin/sh\necho no version >&2; exit 1\n", {
      "packages/x/package.json": { name: "@disp/x" },
    });
    expect(await whats(root)).toEqual(["packages/x: pnpm pack fails: no version"]);
  });

  test("says what an incomplete package lacks, and leaves out what follows from that", async () => {
    const root = rootWith(PNPM, { "packages/x/package.json": { name: "@disp/x" }, "packages/x/README.md": "" });
    const found = await whats(root);
    expect(found).toContain("packages/x: its tarball lacks dist/index.d.cts");
    expect(found.filter((line) => line.includes("publint") || line.includes("import"))).toEqual([]);
  });

  test("leaves private packages alone", async () => {
    const root = rootWith("#!/bin/sh\nexit 1\n", { "packages/x/package.json": { name: "@disp/x", private: true } });
    expect(await whats(root)).toEqual([]);
  });
});
