import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bundle } from "../../../test/threads/bundle.ts";
import { call, reasonOf } from "../../../test/threads/calling.ts";
import { normalize } from "./options.ts";
import { startCrash, startThread } from "./start-thread.ts";
import { WorkerCrashedError } from "./worker-crashed-error.ts";

const never = new AbortController().signal;

async function startOf(fixture: string): Promise<unknown> {
  return startThread(normalize(await bundle(fixture), {}), never);
}

describe("starting a thread", () => {
  let file: string;
  beforeAll(async () => void (file = await bundle("tasks.ts")));

  it.each(["esm", "cjs"] as const)("loads a file of format %s and can do its tasks", async (format) => {
    const worker = await startThread(normalize(await bundle("tasks.ts", format), {}), never);
    expect(await call(worker, "add", [1, 2])).toBe(3);
    await worker.destroy();
  });

  it("passes on the worker's data, environment and arguments", async () => {
    const options = { workerData: { port: 8080 }, env: { COLOR: "red" }, execArgv: ["--no-warnings"], name: "painter" };
    const worker = await startThread(normalize(file, options), never);
    expect(await call(worker, "workerData")).toEqual({ port: 8080 });
    expect(await call(worker, "env", ["COLOR"])).toBe("red");
    expect(await call(worker, "env", ["PATH"])).toBeUndefined();
    expect(await call(worker, "execArgv")).toEqual(["--no-warnings"]);
    await worker.destroy();
  });

  it("leaves workerData alone when there is none", async () => {
    const worker = await startThread(normalize(file, {}), never);
    expect(await call(worker, "workerData")).toBeFalsy();
    await worker.destroy();
  });

  it("fails with what is thrown while the file is loaded, after its tasks were defined too", async () => {
    for (const fixture of ["throws-at-load.ts", "throws-after-defining.ts"]) {
      const error = await reasonOf(startOf(fixture));
      expect(error).toBeInstanceOf(WorkerCrashedError);
      expect(error).toMatchObject({ exitCode: 1, cause: { name: "SyntaxError", message: "at load" } });
      const path = await bundle(fixture);
      expect((error as Error).message).toBe(
        `Cannot start a thread of ${path}: its file must load, got a thread that died of an error that nothing caught: SyntaxError: at load`,
      );
    }
  });

  it("fails when the file exits while it is loaded", async () => {
    const error = await reasonOf(startOf("exits-at-load.ts"));
    expect(error).toBeInstanceOf(WorkerCrashedError);
    expect(error).toMatchObject({ exitCode: 5 });
    expect((error as Error).cause).toBeUndefined();
  });

  it("fails when the file ends and has defined nothing, and says what it has to do", async () => {
    const error = await reasonOf(startOf("never-defines.ts"));
    expect(error).toBeInstanceOf(WorkerCrashedError);
    expect(String(error)).toContain("its file must load and call defineTasks, got a thread that exited with code 0");
  });

  it("fails when there is no such file", async () => {
    const error = await reasonOf(startThread(normalize("/nowhere/worker.mjs", {}), never));
    expect(error).toBeInstanceOf(WorkerCrashedError);
    expect(String((error as Error).cause)).toContain("/nowhere/worker.mjs");
  });

  it.skipIf(Reflect.get(process.features, "typescript"))("says what to do where .ts does not load", async () => {
    const path = join(import.meta.dirname, "../../../test/threads/fixtures/twice.ts");
    const error = await reasonOf(startThread(normalize(path, {}), never));
    expect(String(error)).toContain("its file must load (this runtime loads no .ts: take the compiled .js), got");
    expect(String(error)).toContain('Unknown file extension ".ts"');
  });

  it("fails with what makes a thread impossible", async () => {
    const options = normalize(file, { workerData: () => {} });
    expect(await reasonOf(startThread(options, never))).toMatchObject({ name: "DataCloneError" });
  });

  it("starts nothing when it is not wanted any more", async () => {
    expect(await reasonOf(startThread(normalize(file, {}), AbortSignal.abort("no")))).toBe("no");
  });

  it("ends a thread that hangs while it is loaded when the signal is aborted", async () => {
    const options = normalize(await bundle("hangs-at-load.ts"), {});
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, "removeEventListener");
    const hanging = reasonOf(startThread(options, controller.signal));
    await new Promise(setImmediate);
    controller.abort("too slow");
    expect(await hanging).toBe("too slow");
    expect(remove).toHaveBeenCalled();
  });

  it("leaves no listener on the signal once it has started", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const worker = await startThread(normalize(file, {}), signal);
    expect(add).toHaveBeenCalledTimes(1);
    expect(remove).toHaveBeenCalledTimes(1);
    await worker.destroy();
  });
});

describe("startCrash", () => {
  const crash = (url: string, cause: unknown) =>
    startCrash(new URL(url), { exitCode: 1, story: "died", cause }).message;

  it("names the file, and what to take instead of .ts where that is unknown", () => {
    const unknown = Object.assign(new TypeError("what a runtime says"), { code: "ERR_UNKNOWN_FILE_EXTENSION" });
    const hint = " (this runtime loads no .ts: take the compiled .js)";
    expect(crash("file:///a/b.mts", unknown)).toContain(`a thread of /a/b.mts: its file must load${hint}, got`);
    expect(crash("file:///a/b.json", unknown)).toContain("its file must load, got");
    expect(crash("file:///a/b.ts", new TypeError("something else"))).toContain("its file must load, got");
    expect(crash("file:///a/b.ts", undefined)).toContain("its file must load and call defineTasks, got");
  });

  it("does not print all of a data: URL", () => {
    expect(crash(`data:text/javascript,${"x".repeat(90)}`, 1)).toMatch(/a thread of "data:text\/javascript,x{39}…":/);
  });
});
