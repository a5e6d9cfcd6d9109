import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, runScript } from "../../../../tooling/run-script.ts";
import { bundle } from "./bundle.ts";

const UNTIMED = { timeout: 0 };

let worker: string;
beforeAll(async () => void (worker = await bundle("tasks.ts")));

const run = (fixture: string): Promise<Ended> => runScript(join(import.meta.dirname, "fixtures", fixture), worker);

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
