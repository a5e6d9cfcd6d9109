import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ended, runScript } from "../../../tooling/run-script.ts";

const UNTIMED = { timeout: 0 };

const run = (fixture: string, ...args: string[]): Promise<Ended> =>
  runScript(join(import.meta.dirname, "fixtures", fixture), ...args);

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
