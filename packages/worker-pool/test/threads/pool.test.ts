import { once } from "node:events";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { fixedDelay } from "@disp/retry";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { TaskTimeoutError, WorkerPool } from "../../src/index.ts";
import { type ThreadWorker, type ThreadWorkersOptions, threadWorkers, WorkerCrashedError } from "../../src/threads.ts";
import { bundle } from "./bundle.ts";
import { goOn, marked, marks, reasonOf } from "./calling.ts";

interface Tasks {
  add(a: number, b: number): number;
  addLater(a: number, b: number): Promise<number>;
  block(shared: Int32Array): string;
  count(counters: Int32Array, index: number): number;
  eatMemory(): void;
  exit(code: number): void;
  failWith(kind: string, bytes: Uint8Array): void;
  sizeOf(buffer: ArrayBuffer): number;
  spinForEver(): void;
  sum(numbers: Float64Array, progress: MessagePort): number;
  spinUntilAborted(shared?: Int32Array): string;
  threadId(): number;
  waitUntilAborted(): Promise<unknown>;
}

let file: string;
let pool: WorkerPool<ThreadWorker<Tasks>>;

function open(maxWorkers: number, options: ThreadWorkersOptions = {}, path = file): void {
  const worker = threadWorkers<Tasks>(path, options);
  pool = new WorkerPool({ maxWorkers, minWorkers: maxWorkers, worker, onError: () => {} });
  pool.run();
}

const UNTIMED = { timeout: 0 };

beforeAll(async () => void (file = await bundle("tasks.ts")));
afterEach(() => pool.quit());

describe("a pool of threads", UNTIMED, () => {
  it("does calls by name", async () => {
    open(2);
    const sums = await Promise.all(Array.from({ length: 1_000 }, (_, n) => pool.call("add", [n, 1])));
    expect(sums).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
  });

  it.each<[string, () => Promise<unknown>]>([
    ["exits", () => pool.call("exit", [1])],
    ["runs out of memory", () => pool.call("eatMemory", [])],
  ])("loses one call when a thread %s, and does all others", async (_, crash) => {
    open(2, { maxOldGenerationMb: 16 });
    const counters = new Int32Array(new SharedArrayBuffer(4 * 600));
    const count = (from: number) => Array.from({ length: 200 }, (_, n) => pool.call("count", [counters, from + n]));
    const before = count(0);
    const crashes = [reasonOf(crash())];
    const between = count(200);
    crashes.push(reasonOf(crash()));
    const after = count(400);
    await Promise.all([...before, ...between, ...after]);
    for (const error of await Promise.all(crashes)) expect(error).toBeInstanceOf(WorkerCrashedError);
    expect(counters.every((times) => times === 1)).toBe(true);
  });

  it("replaces a thread that does not heed its timeout, and its neighbour goes on", async () => {
    open(2, { graceMs: 10 });
    const shared = marks();
    const blocked = pool.call("block", [shared], { timeoutMs: Infinity });
    await marked(shared);
    const spinning = reasonOf(pool.call("spinForEver", [], { timeoutMs: 20 }));
    const behind = pool.call("add", [1, 2]);
    expect(await spinning).toBeInstanceOf(TaskTimeoutError);
    expect(await behind).toBe(3);
    goOn(shared);
    expect(await blocked).toBe("went on");
  });

  it("keeps a thread whose call stops when its caller aborts it", async () => {
    open(1, { graceMs: Infinity });
    const id = await pool.call("threadId", []);
    for (let n = 0; n < 10; n++) {
      const controller = new AbortController();
      const shared = marks();
      const spinning = reasonOf(pool.call("spinUntilAborted", [shared], { signal: controller.signal }));
      const behind = pool.call("add", [1, 2]);
      if (n % 2 === 0) await marked(shared);
      controller.abort("enough");
      expect(await spinning).toBe("enough");
      expect(await behind).toBe(3);
    }
    expect(await pool.call("threadId", [])).toBe(id);
  });

  it("ends a thread whose call was aborted as it was on its way, and does not stop", async () => {
    open(1, { graceMs: 10 });
    await Promise.all(Array.from({ length: 100 }, () => pool.call("add", [1, 2])));
    const controller = new AbortController();
    const spinning = reasonOf(pool.call("spinForEver", [], { signal: controller.signal, timeoutMs: Infinity }));
    const behind = Array.from({ length: 10 }, () => pool.call("add", [1, 2]));
    controller.abort("enough");
    expect(await spinning).toBe("enough");
    expect(await Promise.all(behind)).toEqual(Array(10).fill(3));
  });

  it("moves what is transferred, also when many wait", async () => {
    open(1);
    await Promise.all(Array.from({ length: 100 }, () => pool.call("sizeOf", [new ArrayBuffer(4)])));
    const buffers = Array.from({ length: 100 }, (_, n) => new ArrayBuffer(n));
    const sizes = buffers.map((buffer) => pool.call("sizeOf", [buffer], { transfer: [buffer] }));
    expect(await Promise.all(sizes)).toEqual(buffers.map((_, n) => n));
    expect(buffers.every(({ byteLength }) => byteLength === 0)).toBe(true);
  });

  it("hears of the progress of a call through a port that it moves there", async () => {
    open(1);
    const { port1, port2 } = new MessageChannel();
    const progress: number[] = [];
    port1.on("message", (done: number) => void progress.push(done));
    port1.unref();
    const closed = once(port1, "close");
    expect(await pool.call("sum", [new Float64Array(300).fill(2), port2], { transfer: [port2] })).toBe(600);
    await closed;
    expect(progress).toEqual([0, 100, 200]);
  });

  it("keeps its thread when a call is tried again whose arguments were moved", async () => {
    open(1);
    const id = await pool.call("threadId", []);
    const bytes = new Uint8Array(8);
    const retry = fixedDelay({ delayMs: 0, maxRetries: 2 });
    const failing = reasonOf(pool.call("failWith", ["own", bytes], { transfer: [bytes.buffer], retry }));
    expect(await failing).toMatchObject({ name: "DataCloneError" });
    expect(await pool.call("threadId", [])).toBe(id);
  });

  it("fails one task for each thread that cannot be loaded", async () => {
    open(1, {}, await bundle("throws-at-load.ts"));
    const errors = await Promise.all([reasonOf(pool.call("add", [1, 2])), reasonOf(pool.call("add", [1, 2]))]);
    for (const error of errors) expect(error).toBeInstanceOf(WorkerCrashedError);
  });

  it("quits within its deadline though a thread spins", async () => {
    open(1, { graceMs: Infinity });
    const shared = marks();
    const spinning = reasonOf(pool.call("block", [shared], { timeoutMs: Infinity }));
    await marked(shared);
    await pool.quit({ timeoutMs: 10 });
    expect(await spinning).toBeInstanceOf(Error);
  });
});
