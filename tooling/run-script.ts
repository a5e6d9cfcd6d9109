import { execFile } from "node:child_process";
import { ROOT } from "./workspace.ts";

/** How a process has ended. */
export interface Ended {
  /** null = it had to be killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that should have ended by itself long ago. */
const KILLED_AFTER_MS = 60_000;

/** Runs a script, from source, in a process of its own, to its end: what a test of how a process ends needs. */
export function runScript(path: string, ...args: string[]): Promise<Ended> {
  const argv = ["--conditions=@disp/source", "--import", "tsx", path, ...args];
  const options = { cwd: ROOT, timeout: KILLED_AFTER_MS, env: { ...process.env, NODE_OPTIONS: "" } };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, argv, options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}
