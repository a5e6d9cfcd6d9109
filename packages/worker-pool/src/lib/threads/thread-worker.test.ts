import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { CallNotBegunError } from "../call-not-begun-error.ts";
import { type ThreadWorker, type ThreadWorkersOptions, threadWorkers, WorkerCrashedError } from "../../threads.ts";
import { bundle } from "../../../test/threads/bundle.ts";
import { call, goOn, marked, marks, reasonOf } from "../../../test/threads/calling.ts";

let file: string;
const unreachable = (): never => expect.unreachable("it was answered");
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

afterEach(() => vi.useRealTimers());
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

  it("fails a call that it is at though others have not even been posted", async () => {
    const worker = await start();
    const buffer = new ArrayBuffer(8);
    const crashed = reasonOf(call(worker, "exit", [3, buffer], [buffer]));
    for (let n = 0; n < 5; n++) worker.call("add", [1, 2], [], unreachable, unreachable);
    expect(await crashed).toBeInstanceOf(WorkerCrashedError);
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

  it("gives back exactly the calls that its thread has not begun", async () => {
    const worker = await start();
    const shared = marks();
    const blocked = call(worker, "block", [shared]);
    await marked(shared);
    const counters = new Int32Array(new SharedArrayBuffer(4));
    const answered: unknown[] = [];
    for (let n = 0; n < 10; n++) worker.call("count", [counters, 0], [], (n) => answered.push(n), unreachable);
    expect(worker.takeBack()).toBe(10);
    expect(worker.takeBack()).toBe(0);
    goOn(shared);
    expect(await blocked).toBe("went on");
    expect(await call(worker, "count", [counters, 0])).toBe(0);
    expect(counters[0]).toBe(1);
    expect(answered).toEqual([]);
  });

  it("begins or gives back each call once, whenever calls are taken back", { timeout: 0 }, async () => {
    const worker = await start();
    const total = 20_000;
    const counters = new Int32Array(new SharedArrayBuffer(4 * total));
    const line = Array.from({ length: total }, (_, index) => index);
    const held: number[] = [];
    let answers = 0;
    await new Promise<void>((resolve, reject) => {
      const onDone = (index: unknown): void => {
        if (held.shift() !== index) reject(new Error(`call ${String(index)} was answered out of turn`));
        answers++;
        if (answers % 37 === 0) {
          const taken = worker.takeBack();
          line.unshift(...held.splice(held.length - taken));
        }
        if (answers === total) resolve();
        fill();
      };
      const fill = (): void => {
        while (held.length < 100 && line.length > 0) {
          const index = line.shift()!;
          held.push(index);
          worker.call("count", [counters, index], [], onDone, reject);
        }
      };
      fill();
    });
    expect(counters.every((count) => count === 1)).toBe(true);
  });

  it("hears of what was answered before its thread died, and loses nothing but one call", async () => {
    for (const exit of ["exit", "eatMemory"]) {
      const worker = await start({ maxOldGenerationMb: 16 });
      const answered: unknown[] = [];
      for (let n = 0; n < 20; n++) {
        worker.call("echo", [n % 2 === 0 ? n : { n }], [], (value) => answered.push(value), unreachable);
      }
      const crashed = reasonOf(call(worker, exit, [1]));
      worker.call("echo", [20], [], unreachable, unreachable);
      expect(await crashed).toBeInstanceOf(WorkerCrashedError);
      expect(answered).toEqual(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? n : { n })));
      expect(worker.takeBack()).toBe(1);
    }
  });

  it("fails a call that needs too much memory, and tells the limit", async () => {
    const worker = await start({ maxOldGenerationMb: 16 });
    const error = await reasonOf(call(worker, "eatMemory"));
    expect(error).toBeInstanceOf(WorkerCrashedError);
    expect(String(error)).toContain("ran out of memory: it needed more than maxOldGenerationMb = 16");
    expect(error).toMatchObject({ cause: { code: "ERR_WORKER_OUT_OF_MEMORY" } });
  });

  it.each(["throwUncaught", "rejectUnhandled"])(
    "fails the call during which nobody caught an error (%s)",
    async (name) => {
      const worker = await start();
      const error = await reasonOf(call(worker, name));
      expect(error).toBeInstanceOf(WorkerCrashedError);
      expect(error).toMatchObject({ exitCode: 1, cause: { name: "RangeError" } });
    },
  );

  it("terminates a thread whose call does not stop, and no other call is hit", async () => {
    const worker = await start({ graceMs: 10 });
    expect(await call(worker, "add", [1, 2])).toBe(3);
    const shared = marks();
    const spinning = reasonOf(call(worker, "spinForEver", [shared]));
    worker.call("add", [1, 2], [], unreachable, unreachable);
    await marked(shared);
    worker.abort(new Error("enough"));
    worker.abort(new Error("enough"));
    const error = await spinning;
    expect(error).toBeInstanceOf(WorkerCrashedError);
    expect(String(error)).toContain("did not stop within graceMs = 10");
    expect(worker.isUsable).toBe(false);
    expect(worker.takeBack()).toBe(1);
  });

  it("terminates a thread whose call waits for ever", async () => {
    const worker = await start({ graceMs: 0 });
    const shared = marks();
    const waiting = reasonOf(call(worker, "never", [shared]));
    await marked(shared);
    worker.abort("enough");
    expect(await waiting).toBeInstanceOf(WorkerCrashedError);
  });

  it("keeps a thread whose call stops when it is asked, with the reason", async () => {
    const worker = await start({ graceMs: Infinity });
    const waiting = call(worker, "waitUntilAborted");
    await new Promise(setImmediate);
    worker.abort(new RangeError("enough"));
    expect(await waiting).toEqual([true, "RangeError: enough"]);
    expect(await call(worker, "isAborted")).toBe(false);
    expect(worker.isUsable).toBe(true);
  });

  it("asks in the middle of a task that does not return", async () => {
    const worker = await start({ graceMs: Infinity });
    const shared = marks();
    const spinning = call(worker, "spinUntilAborted", [shared]);
    const behind = call(worker, "add", [1, 2]);
    await marked(shared);
    worker.abort("enough");
    expect(await spinning).toBe("AbortError: enough");
    expect(await behind).toBe(3);
  });

  it("never terminates for a call that is over, however soon the next one comes", async () => {
    const worker = await start({ graceMs: 20 });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const waiting = call(worker, "waitUntilAborted");
    await new Promise(setImmediate);
    worker.abort("enough");
    await waiting;
    const shared = marks();
    const blocked = call(worker, "block", [shared]);
    await marked(shared);
    vi.advanceTimersByTime(60);
    await new Promise(setImmediate);
    expect(worker.isUsable).toBe(true);
    goOn(shared);
    expect(await blocked).toBe("went on");
  });

  it("hears an answer that came while this thread was busy before it terminates anything", async () => {
    const worker = await start({ graceMs: 5 });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const shared = marks();
    const done = call(worker, "waitUntilAborted");
    const next = call(worker, "block", [shared]);
    await new Promise(setImmediate);
    worker.abort("enough");
    // Once the next one has begun, the answer is there, unheard.
    while (Atomics.load(shared, 0) === 0);
    vi.advanceTimersByTime(30);
    expect(await done).toEqual([true, "AbortError: enough"]);
    expect(worker.isUsable).toBe(true);
    goOn(shared);
    expect(await next).toBe("went on");
  });

  it("answers a call that was aborted before it began, though others are taken back", async () => {
    const worker = await start({ graceMs: Infinity });
    let [behind, answered, taken] = [0, 0, 0];
    for (let n = 0; n < 20; n++) {
      const waiting = call(worker, "waitUntilAborted");
      behind++;
      const next = call(worker, "add", [1, 2]).then(() => answered++);
      if (n % 2 === 0) await new Promise(setImmediate);
      worker.abort("enough");
      // The call may be over already, and the next one begun.
      const takenNow = worker.takeBack();
      taken += takenNow;
      expect(await waiting).toEqual([true, "AbortError: enough"]);
      // Or the next round would abort this one.
      if (takenNow === 0) await next;
    }
    expect(await call(worker, "isAborted")).toBe(false);
    expect(answered + taken).toBe(behind);
    expect(taken).toBeGreaterThan(0);
  });

  it("does nothing when there is no call to abort", async () => {
    const worker = await start({ graceMs: 0 });
    worker.abort("enough");
    expect(await call(worker, "isAborted")).toBe(false);
  });

  it("moves what is transferred there and back", async () => {
    const buffer = new ArrayBuffer(64);
    expect(await call(shared, "sizeOf", [buffer], [buffer])).toBe(64);
    expect(buffer.byteLength).toBe(0);
    expect(await call(shared, "blank", [128])).toEqual(new Uint8Array(128));
    expect(await call(shared, "keptSize")).toBe(0);
  });

  it("hands nothing over that cannot be handed over twice while another call is before it", async () => {
    const worker = await start();
    const shared = marks();
    const blocked = call(worker, "block", [shared]);
    await marked(shared);
    const buffer = new ArrayBuffer(64);
    worker.call("sizeOf", [buffer], [buffer], unreachable, unreachable);
    await new Promise(setImmediate);
    expect(buffer.byteLength).toBe(64);
    expect(worker.takeBack()).toBe(1);
    const sizes = Promise.all([
      call(worker, "sizeOf", [buffer], [buffer]),
      call(worker, "add", [1, 2]),
      call(worker, "sizeOf", [new ArrayBuffer(8)]),
    ]);
    goOn(shared);
    expect(await blocked).toBe("went on");
    expect(await sizes).toEqual([64, 3, 8]);
  });

  it("does not give back a call whose arguments were moved", async () => {
    const worker = await start();
    const buffer = new ArrayBuffer(64);
    const size = call(worker, "sizeOf", [buffer], [buffer]);
    worker.call("add", [1, 2], [], unreachable, unreachable);
    expect(worker.takeBack()).toBe(1);
    expect(await size).toBe(64);
  });

  it("refuses what was moved away already, before anything is posted, and its thread lives on", async () => {
    const worker = await start();
    const [bytes, kept] = [new Uint8Array(8), new ArrayBuffer(4)];
    const { port1, port2 } = new MessageChannel();
    const first = [call(worker, "echo", [bytes], [bytes.buffer]), call(worker, "neverMind", [port1], [port1])];
    const again = [
      call(worker, "echo", [bytes], [kept, bytes.buffer]),
      call(worker, "add", [1, 2], [bytes.buffer]),
      call(worker, "neverMind", [port1], [kept, port1]),
      call(worker, "echo", [bytes]),
    ];
    const around = [call(worker, "add", [1, 2]), call(worker, "sizeOf", [new ArrayBuffer(0)])];
    const reasons = await Promise.all(again.map(reasonOf));
    expect(reasons.map((reason) => (reason as Error).name)).toEqual(again.map(() => "DataCloneError"));
    expect(await Promise.all(first)).toEqual([new Uint8Array(8), undefined]);
    expect(await Promise.all(around)).toEqual([3, 0]);
    expect(kept.byteLength).toBe(4);
    const alone = reasonOf(call(worker, "echo", [bytes], [bytes.buffer]));
    expect(String(await alone)).toBe(
      "DataCloneError: Cannot do the call: transfer[0] must not have been moved before, got a detached ArrayBuffer",
    );
    const empty = new ArrayBuffer(0);
    expect(await call(worker, "sizeOf", [empty], [empty])).toBe(0);
    expect(worker.isUsable).toBe(true);
    port2.close();
  });

  it("refuses a result that was moved away already", async () => {
    expect(await call(shared, "blank", [16])).toEqual(new Uint8Array(16));
    expect(await reasonOf(call(shared, "keptAgain"))).toMatchObject({ name: "DataCloneError" });
    expect(await call(shared, "add", [1, 2])).toBe(3);
  });

  it("fails a call alone whose arguments or result cannot be cloned, whatever is around it", async () => {
    const settled = await Promise.allSettled([
      call(shared, "echo", [() => {}]),
      call(shared, "echo", [() => {}]),
      call(shared, "add", [1, 2]),
      call(shared, "returnFunction"),
      call(shared, "echo", [() => {}]),
      call(shared, "add", [3, 4]),
    ]);
    expect(settled.map((each) => (each.status === "fulfilled" ? each.value : (each.reason as Error).name))).toEqual([
      "DataCloneError",
      "DataCloneError",
      3,
      "DataCloneError",
      "DataCloneError",
      7,
    ]);
  });

  it("fails a call by an unknown name, and tells the known ones", async () => {
    const error = await reasonOf(call(shared, "toString"));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain('must be one of "add", "addLater",');
  });

  it("hands results of every kind over as they are", async () => {
    const values = [0, -0, NaN, Infinity, 1.5, "", "text", true, false, null, undefined, 10n, [1, { a: 2 }], new Map()];
    expect(await Promise.all(values.map((value) => call(shared, "echo", [value])))).toEqual(values);
    expect(Object.is(await call(shared, "echo", [-0]), -0)).toBe(true);
  });

  it("answers everybody though there are more calls than it can hold ahead", async () => {
    const worker = await start({ lookahead: 0 });
    const sums = await Promise.all(Array.from({ length: 1_000 }, (_, n) => call(worker, "add", [n, 1])));
    expect(sums).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
  });

  it("fails with errors as they were thrown", async () => {
    const own = await reasonOf(call(shared, "failWith", ["own"]));
    expect(own).toBeInstanceOf(Error);
    expect(own).toMatchObject({ name: "PaymentError", message: "declined", code: "CARD_DECLINED", amount: 12 });
    expect((own as Error).stack).toContain("tasks");
    expect(await reasonOf(call(shared, "failWith", ["built-in"]))).toBeInstanceOf(TypeError);
    expect(await reasonOf(call(shared, "failWith", ["string"]))).toBe("just words");
    expect(await reasonOf(call(shared, "failLater"))).toMatchObject({ name: "PaymentError", message: "later" });
  });

  it("refuses calls once it is dead, each of them", async () => {
    const worker = await start();
    await worker.destroy();
    const reasons = await Promise.all([reasonOf(call(worker, "add")), reasonOf(call(worker, "add"))]);
    expect(reasons.every((reason) => reason instanceof CallNotBegunError)).toBe(true);
  });

  it("warns of a thread that dies while it has nothing to do", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const worker = await start();
    const told = new Promise<void>((resolve) => warn.mockImplementation(() => resolve()));
    await call(worker, "exitSoon");
    await told;
    expect(worker.isUsable).toBe(false);
    expect(String(warn.mock.calls[0]?.[1])).toContain("exited with code 7");
    warn.mockRestore();
  });
});
