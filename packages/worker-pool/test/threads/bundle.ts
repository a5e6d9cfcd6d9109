import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build } from "esbuild";

/**
 * Makes a file of `fixtures` one that a thread can load as it is, on every Node, without a build of the package.
 *
 * @returns The path of what was made.
 */
export async function bundle(fixture: string, format: "esm" | "cjs" = "esm"): Promise<string> {
  const outfile = join(FOLDER, `${basename(fixture, ".ts")}.${format === "esm" ? "mjs" : "cjs"}`);
  await build({
    entryPoints: [join(import.meta.dirname, "fixtures", fixture)],
    outfile,
    bundle: true,
    format,
    platform: "node",
    target: "node20",
    conditions: ["@disp/source"],
    logLevel: "error",
  });
  return outfile;
}

const FOLDER = mkdtempSync(join(tmpdir(), "disp-threads-"));
process.once("exit", () => rmSync(FOLDER, { recursive: true, force: true }));
