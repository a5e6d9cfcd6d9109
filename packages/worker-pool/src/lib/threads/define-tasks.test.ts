import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { bundle } from "../../../test/threads/bundle.ts";
import { call, reasonOf } from "../../../test/threads/calling.ts";
import { defineTasks, taskSignal } from "./define-tasks.ts";
import { threadWorkers } from "./thread-workers.ts";
import { WorkerCrashedError } from "./worker-crashed-error.ts";

const signal = new AbortController().signal;

describe("defineTasks", () => {
  it("returns the tasks themselves, and does nothing else outside of a thread", () => {
    const table = { add: (a: number, b: number) => a + b };
    expect(defineTasks(table)).toBe(table);
    expect(defineTasks(table).add(1, 2)).toBe(3);
  });

  it("takes functions only", () => {
    expect(() => defineTasks(5 as never)).toThrow(new TypeError("Cannot define tasks: tasks must be an object, got 5"));
    expect(() => defineTasks({ add: 5 as never })).toThrow(
      new TypeError("Cannot define tasks: tasks.add must be a function, got 5"),
    );
  });

  it("can be called once in a thread", async () => {
    const factory = threadWorkers(await bundle("twice.ts"));
    const error = await reasonOf(Promise.resolve(factory.create({ signal })));
    expect(error).toBeInstanceOf(WorkerCrashedError);
    expect((error as Error).cause).toMatchObject({
      name: "TypeError",
      message: "Cannot define tasks: defineTasks must be called once in a thread, got a second call",
    });
  });
});

describe("a worker's file", () => {
  it("that was bundled with another version says so, and does not hang", async () => {
    const thread = new Worker(await bundle("tasks.ts"));
    const error = new Promise((resolve) => thread.once("error", resolve));
    thread.postMessage({ protocol: "@disp/worker-pool/threads 0" });
    expect(String(await error)).toMatch(/both sides must speak ".* 1", got ".* 0"$/);
  });
});

describe("taskSignal", () => {
  it("is there within a task only", async () => {
    expect(taskSignal).toThrow(RangeError);
    const worker = await threadWorkers(await bundle("signal-outside.ts")).create({ signal });
    expect(await call(worker, "outside")).toBe("RangeError");
    await worker.destroy();
  });
});
