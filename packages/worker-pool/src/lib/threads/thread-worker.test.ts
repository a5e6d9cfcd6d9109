import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CallNotBegunError } from "../../src/lib/threads/call-not-begun-error.ts";
import { type ThreadWorker, type ThreadWorkersOptions, threadWorkers, WorkerCrashedError } from "../../src/threads.ts";
import { bundle } from "./bundle.ts";
import { call, marked, marks, reasonOf } from "./calling.ts";

let file: string;
let shared: ThreadWorker<unknown>;
const started: ThreadWorker<unknown>[] = [];

async function start(options?: ThreadWorkersOptions, path = file): Promise<ThreadWorker<unknown>> {
  const factory = threadWorkers(path, options);
  const worker = await factory.create({ signal: new AbortController().signal });
  started.push(worker);
  return worker;
}

beforeAll(async () => {
  file = await bundle("tasks.ts");
  shared = await threadWorkers(file).create({ signal: new AbortController().signal });
});

afterEach(() => Promise.all(started.splice(0).map((worker) => worker.destroy())));
afterAll(() => shared.destroy());

describe("a thread worker", () => {
  it("does tasks by name, sync and async ones", async () => {
    expect(await call(shared, "add", [1, 2])).toBe(3);
    expect(await call(shared, "addLater", [3, 4])).toBe(7);
    expect(await call(shared, "greet", ["you"])).toBe("hello you");
  });

  it("does not wait for a call to be taken out, and answers never within it", async () => {
    let isAnswered = false;
    const answer = () => (isAnswered = true);
    shared.call("add", [1, 2], [], answer, answer);
    shared.call("unknown", [], [], answer, answer);
    expect(isAnswered).toBe(false);
    expect(await call(shared, "add", [1, 1])).toBe(2);
    expect(isAnswered).toBe(true);
  });

  it("answers in the order of the calls, failures of every kind included", async () => {
    const order: string[] = [];
    const note = (name: string, promise: Promise<unknown>) =>
      promise.then(
        () => order.push(name),
        () => order.push(`${name} failed`),
      );
    await Promise.all([
      note("a", call(shared, "addLater", [1, 2])),
      note("b", call(shared, "unknown")),
      note("c", call(shared, "add", [1, 2])),
      note("d", call(shared, "echo", [() => {}])),
      note("e", call(shared, "returnFunction")),
      note("f", call(shared, "add", [1, 2])),
    ]);
    expect(order).toEqual(["a", "b failed", "c", "d failed", "e failed", "f"]);
  });

  it("fails a call that exits, tells the code, and is not usable any more", async () => {
    const worker = await start();
    const error = await reasonOf(call(worker, "exit", [3]));
    expect(error).toBeInstanceOf(WorkerCrashedError);
    expect(error).toMatchObject({ code: "DISP_WORKER_CRASHED", exitCode: 3 });
    expect(String(error)).toContain("exited with code 3");
    expect(worker.isUsable).toBe(false);
  });

  it("fails the call that it is at, and no other one, when it dies", async () => {
    const worker = await start();
    const answered: string[] = [];
    const crashed = reasonOf(call(worker, "exit", [0]));
    for (let n = 0; n < 5; n++) {
      worker.call(
        "add",
        [1, 2],
        [],
        () => answered.push("done"),
        () => answered.push("failed"),
      );
    }
    expect(await crashed).toBeInstanceOf(WorkerCrashedError);
    expect(answered).toEqual([]);
    expect(worker.takeBack()).toBe(5);
  });

  it("says of a call that had not begun when its thread was gone that it had not", async () => {
    const worker = await start();
    expect(await call(worker, "add", [1, 2])).toBe(3);
    await worker.destroy();
    expect(await reasonOf(call(worker, "add", [1, 2]))).toBeInstanceOf(CallNotBegunError);
  });

  it("fails the call that it is at when it is destroyed, once, and can be destroyed twice", async () => {
    const worker = await start();
    const shared = marks();
    const blocked = reasonOf(call(worker, "block", [shared]));
    await marked(shared);
    const ended = [worker.destroy(), worker.destroy()];
    expect(worker.isUsable).toBe(false);
    expect(String(await blocked)).toContain("was destroyed");
    await Promise.all(ended);
    await worker.destroy();
  });
});
