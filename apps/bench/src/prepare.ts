import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { GROUPS, type GroupName } from "./groups.ts";
import { PEERS_FOLDER } from "./peers.ts";
import { pnpm, ROOT } from "./pnpm.ts";
import { THREADS_FOLDER } from "./threads/thread-file.ts";

const SOURCE = fileURLToPath(new URL(".", import.meta.url));

/** What is loaded by threads, and not by the cases. */
const THREADS = ["threads/thread-disp.ts", "threads/thread-by-hand.ts"];

/** Where the compiled cases are. */
export const BUNDLE: string = fileURLToPath(new URL("../dist/", import.meta.url));

/**
 * Installs the peers. They are a project of their own, so that only those who compare need them.
 *
 * @returns false where that is not possible.
 */
export function installPeers(): Promise<boolean> {
  const folder = fileURLToPath(PEERS_FOLDER);
  return pnpm(
    folder,
    "install",
    "--ignore-workspace",
    "--frozen-lockfile",
    "--ignore-scripts",
    "--fetch-retries=1",
    "--reporter=silent",
  );
}

/** Builds the packages that the groups measure. */
export function buildPackages(groups: readonly GroupName[]): Promise<boolean> {
  const filters = new Set(groups.map((group) => `--filter=${GROUPS[group]}`));
  return pnpm(ROOT, "--silent", "turbo:run", "build", ...filters);
}

/**
 * Compiles the cases once, ahead of time. What is measured is plain JavaScript in a plain node then: the loader of the
 * orchestrator, which wraps functions to keep their names, is not in that process, and `@disp/...` stays an import, which
 * node leads to the built files.
 */
export async function bundleCases(groups: readonly GroupName[]): Promise<void> {
  await rm(BUNDLE, { recursive: true, force: true });
  await build({
    absWorkingDir: SOURCE,
    entryPoints: [
      { in: "child.ts", out: "child" },
      ...groups.map((group) => ({ in: `${group}/group.ts`, out: group })),
      ...THREADS.map((file) => ({ in: file, out: basename(file, ".ts") })),
    ],
    outdir: BUNDLE,
    bundle: true,
    splitting: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "es2022",
    keepNames: false,
    logLevel: "warning",
  });
}

/** Compiles what threads load, from source alone: for tests, which neither build the packages nor run compiled cases. */
export async function bundleThreads(): Promise<void> {
  await build({
    absWorkingDir: SOURCE,
    entryPoints: THREADS.map((file) => ({ in: file, out: basename(file, ".ts") })),
    outdir: fileURLToPath(THREADS_FOLDER),
    bundle: true,
    conditions: ["@disp/source"],
    format: "esm",
    platform: "node",
    target: "es2022",
    logLevel: "warning",
  });
}
