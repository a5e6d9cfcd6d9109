import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ended, runScript } from "../../../tooling/run-script.ts";

const UNTIMED = { timeout: 0 };

const run = (fixture: string, ...args: string[]): Promise<Ended> =>
  runScript(join(import.meta.dirname, "fixtures", fixture), ...args);

describe.concurrent("a process", UNTIMED, () => {
  it("ends though a processor in it is open, once it is idle, however long a hold lasts", async () => {
    expect(await run("idle.ts")).toEqual({ code: 0, stdout: "done a\nheld\n", stderr: "" });
  });

  it("ends though a job hangs that nothing keeps alive", async () => {
    expect(await run("hanging.ts")).toEqual({ code: 0, stdout: "started a\n", stderr: "" });
  });

  it("lives until jobs are done that wait in line, for a pause, for a retry, or for the hold before them", async () => {
    const stdout = "a 1\nb 1\nc 1\na 2\nd 1\nd 1 again\n";
    expect(await run("waiting.ts")).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("ends at the deadline of stop though a job hangs", async () => {
    const stdout = "JobAbandonedError a\nleftover b\n";
    expect(await run("deadline.ts")).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("says on the console what nobody listens to", async () => {
    const { code, stdout, stderr } = await run("failing.ts");
    expect([code, stdout]).toEqual([0, "over\n"]);
    expect(stderr).toContain('@disp/background: 1 failure, the last of the job "a".');
    expect(stderr).toContain("Error: the job failed");
  });
});
