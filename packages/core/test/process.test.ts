import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ended, runScript } from "../../../tooling/run-script.ts";

const UNTIMED = { timeout: 0 };

const run = (fixture: string, ...args: string[]): Promise<Ended> =>
  runScript(join(import.meta.dirname, "fixtures", fixture), ...args);

describe.concurrent("a process", UNTIMED, () => {
  it("ends though a dispatcher in it is open, once it is idle", async () => {
    expect(await run("idle.ts")).toEqual({ code: 0, stdout: "sent a\n", stderr: "" });
  });

  it("ends though an idle dispatcher in it has a heartbeat", async () => {
    expect(await run("idle.ts", "5000")).toEqual({ code: 0, stdout: "sent a\n", stderr: "" });
  });

  it("lives until items are sent that wait for their age, a second attempt or a permit", async () => {
    const stdout = "attempt 1 of a,b\nattempt 2 of a,b\n";
    expect(await run("buffered.ts")).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("ends with the error of a hook that throws, reported once", async () => {
    const { code, stdout, stderr } = await run("throwing-hook.ts");
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.match(/^Error: the hook failed$/gm)).toHaveLength(1);
    expect(stderr).not.toContain("Error: the send failed");
  });

  it("that listens for unhandled rejections hears that error once, and the dispatcher goes on", async () => {
    const stdout = "heard Error: the hook failed\ndropped 1\n";
    expect(await run("throwing-hook.ts", "heard")).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("ends at the deadline of drain though a send hangs", async () => {
    const stdout = "dropped b: aborted\nabandoned 1\n";
    expect(await run("deadline.ts")).toEqual({ code: 0, stdout, stderr: "" });
  });
});
