import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

/** Where `pnpm site` puts the site. */
export const DIST: string = fileURLToPath(new URL("../.vitepress/dist", import.meta.url));

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Nothing of a browser's own goes over the network. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Whether there is a built site and a browser for it. What is missing is said once, and is an error where the tests must run: with
 * SITE_TESTS=required, and in CI once there is a site.
 */
export function canTest(env: NodeJS.ProcessEnv = process.env): boolean {
  const isBuilt = existsSync(join(DIST, "index.html"));
  const mustRun = env["SITE_TESTS"] === "required" || (isBuilt && env["CI"] !== undefined);
  const missing = [
    ...(isBuilt ? [] : ["Build it: pnpm site."]),
    ...(findChromium() === undefined ? ["Put chromium into PATH (on Debian: apt-get install chromium)."] : []),
  ];
  if (missing.length === 0) return true;
  const what = `all tests of the documentation site. ${missing.join(" ")}`;
  if (mustRun) throw new Error(`Cannot run ${what}`);
  console.warn(`\nSKIPPED: ${what}\n`);
  return false;
}

/** A new browser. */
export function launch(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("Cannot start chromium: it must be installed, got none in PATH");
  return chromium.launch({ executablePath, args: QUIET });
}

function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
