import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

interface Ended {
  /** null = it had to be killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const UNTIMED = { timeout: 0 };
const ROOT = join(import.meta.dirname, "../../..");
/** A process that should have ended by itself long ago. */
const KILLED_AFTER_MS = 60_000;

/** Runs a script of `fixtures` in a process of its own, to its end. */
function run(fixture: string, ...args: string[]): Promise<Ended> {
  const script = join(import.meta.dirname, "fixtures", fixture);
  const argv = ["--conditions=@disp/source", "--import", "tsx", script, ...args];
  const options = { cwd: ROOT, timeout: KILLED_AFTER_MS, env: { ...process.env, NODE_OPTIONS: "" } };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, argv, options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

describe.concurrent("a process", UNTIMED, () => {
  it("ends though a processor in it was never stopped, once it is idle", async () => {
    expect(await run("idle.ts")).toEqual({ code: 0, stdout: "saved a 1\nresolved\n", stderr: "" });
  });

  it("lives until an open window was saved, and a replay after it", async () => {
    const stdout = "load a\nsave a 1\nload a\nsave a 1\nload a\nsave a 1\nresolved\n";
    expect(await run("window.ts")).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("lives until a call that hangs has failed, and then ends", async () => {
    expect(await run("hung.ts")).toEqual({ code: 0, stdout: "rejected: load\nrejected: hung\n", stderr: "" });
  });

  it("ends at the deadline of stop though a save hangs", async () => {
    expect(await run("deadline.ts")).toEqual({ code: 0, stdout: "rejected: save\nstopped\n", stderr: "" });
  });
});
