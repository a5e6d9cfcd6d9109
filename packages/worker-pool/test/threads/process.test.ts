import { execFile } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { bundle } from "./bundle.ts";

interface Ended {
  /** null = it had to be killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const UNTIMED = { timeout: 0 };
const ROOT = join(import.meta.dirname, "../../../..");
/** A process that should have ended by itself long ago. */
const KILLED_AFTER_MS = 60_000;

let worker: string;
beforeAll(async () => void (worker = await bundle("tasks.ts")));

/** Runs a script of `fixtures` in a process of its own, to its end. */
function run(fixture: string): Promise<Ended> {
  const script = join(import.meta.dirname, "fixtures", fixture);
  const argv = ["--conditions=@disp/source", "--import", "tsx", script, worker];
  const options = { cwd: ROOT, timeout: KILLED_AFTER_MS, env: { ...process.env, NODE_OPTIONS: "" } };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, argv, options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

describe.concurrent("a process", UNTIMED, () => {
  it("ends though a thread of it is idle", async () => {
    expect(await run("process-idle.ts")).toEqual({ code: 0, stdout: "got 3\n", stderr: "" });
  });

  it("lives until the call of a thread is answered", async () => {
    expect(await run("process-busy.ts")).toEqual({ code: 0, stdout: "got 3\n", stderr: "" });
  });

  it("lives until a thread that was destroyed is gone", async () => {
    expect(await run("process-destroyed.ts")).toEqual({ code: 0, stdout: "WorkerCrashedError\n", stderr: "" });
  });
});
