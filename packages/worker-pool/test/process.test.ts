import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ended, runScript } from "../../../tooling/run-script.ts";

const UNTIMED = { timeout: 0 };

const run = (fixture: string, ...args: string[]): Promise<Ended> =>
  runScript(join(import.meta.dirname, "fixtures", fixture), ...args);

describe.concurrent("a process", UNTIMED, () => {
  it("ends though a pool in it runs, once it is idle", async () => {
    expect(await run("idle.ts")).toEqual({ code: 0, stdout: "done 1\n", stderr: "" });
  });

  it("lives until tasks have had their next attempt, and their timeout", async () => {
    expect(await run("busy.ts")).toEqual({ code: 0, stdout: "attempt 1\nattempt 2\nTaskTimeoutError\n", stderr: "" });
  });

  it("lives while a task waits for a worker, and ends when none can be made", async () => {
    const stdout = "create\ncreate\nWorkerCreateTimeoutError\n";
    expect(await run("no-worker.ts")).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("lives while a task waits for one without a timeout", async () => {
    expect(await run("untimed.ts")).toEqual({ code: 0, stdout: "done\n", stderr: "" });
  });

  it.each(["0", "1"])("ends when all workers are with tasks that never settle, and says what waits", async (min) => {
    const { code, stdout, stderr } = await run("stuck.ts", min);
    expect([code, stdout]).toEqual([0, "TaskTimeoutError\n"]);
    expect(stderr).toContain("2 tasks wait behind tasks that do not settle though they have timed out");
  });

  it("ends at once when a pool in it was never run", async () => {
    expect(await run("never-run.ts")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("ends at the deadline of quit though a task hangs", async () => {
    expect(await run("deadline.ts")).toEqual({ code: 0, stdout: "failed 1, leftover 1\n", stderr: "" });
  });

  it("hears of a failed task nobody waits for on the console, and not as an unhandled rejection", async () => {
    const { code, stdout, stderr } = await run("failing.ts");
    expect([code, stdout]).toEqual([0, "alive\n"]);
    expect(stderr).toContain("@disp/worker-pool: 1 failure, the last of a dispatched task.");
    expect(stderr).toContain("Error: the task failed");
  });
});
