import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs the repository's own package manager in a folder. Resolves with whether it succeeded; it writes to stderr. */
export function pnpm(folder: string, ...argv: string[]): Promise<boolean> {
  const [command, first] = pnpmCommand();
  // What it says is no part of the tables.
  const child = spawn(command, [...first, ...argv], { cwd: folder, stdio: ["ignore", process.stderr, process.stderr] });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}

function pnpmCommand(): [command: string, first: readonly string[]] {
  const running = process.env["npm_execpath"];
  if (running?.includes("pnpm") === true) return [process.execPath, [running]];
  const { packageManager } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { packageManager: string };
  return ["npx", ["-y", packageManager]];
}
