import { describe, expect, it } from "vitest";
import type { CallableWorker } from "./callable-worker.ts";
import { WorkerPool } from "./worker-pool.ts";

const open = () => new WorkerPool<CallableWorker<{ add(a: number, b: number): number }>>({ maxWorkers: 1 });
const { signal } = new AbortController();

describe("the options of calls", () => {
  it.each<[string, (options: never) => unknown]>([
    ["execute: options must be an object with only signal, timeoutMs, retry,", (o) => open().execute(() => 1, o)],
    [
      "call: options must be an object with only signal, timeoutMs, retry, transfer,",
      (o) => open().call("add", [1, 2], o),
    ],
    ["wait for room: options must be an object with only signal,", (o) => open().ready(o)],
    ["quit: options must be an object with only signal, drain, timeoutMs,", (o) => open().quit(o)],
    ["resize a WorkerPool: size must be an object with only minWorkers, maxWorkers,", async (o) => open().resize(o)],
  ])("are refused when they are none, or have unknown names: %s", async (complaint, ask) => {
    for (const options of [null, signal, { timeout: 5 }]) {
      await expect(async () => ask(options as never)).rejects.toThrow(`Cannot ${complaint}`);
      await expect(async () => ask(options as never)).rejects.toThrow(TypeError);
    }
  });

  it("are refused when one is null", async () => {
    const none = null as never;
    await expect(open().execute(() => 1, { timeoutMs: none })).rejects.toThrow("timeoutMs must be a number");
    await expect(open().execute(() => 1, { retry: none })).rejects.toThrow(
      "retry must be an object with nextDelayMs()",
    );
    await expect(open().call("add", [1, 2], { transfer: none })).rejects.toThrow("transfer must be an array, got null");
    await expect(open().execute(() => 1, { signal: none })).rejects.toThrow("signal must be an AbortSignal, got null");
    await expect(open().call("add", [1, 2], { signal: none })).rejects.toThrow("Cannot call: signal must be an");
    await expect(open().ready({ signal: none })).rejects.toThrow("signal must be an AbortSignal, got null");
    await expect(open().quit({ signal: none })).rejects.toThrow("Cannot quit: signal must be an AbortSignal, got null");
    await expect(open().quit({ drain: none })).rejects.toThrow("drain must be true or false, got null");
    await expect(open().quit({ timeoutMs: none })).rejects.toThrow("timeoutMs must be a number");
    expect(() => open().resize({ maxWorkers: none })).toThrow("maxWorkers must be a whole number >= 1, got null");
    expect(() => open().resize({ minWorkers: none })).toThrow("minWorkers must be a whole number >= 0, got null");
  });

  it("may be undefined, each and all", async () => {
    await using pool = new WorkerPool({ maxWorkers: 1 });
    pool.run();
    const none = undefined;
    expect(await pool.execute(() => 1, { signal: none, timeoutMs: none, retry: none })).toBe(1);
    expect(await pool.execute(() => 1, none)).toBe(1);
    await pool.ready({ signal: none });
    await pool.ready(none);
    pool.resize({ minWorkers: none, maxWorkers: none });
    await pool.quit({ signal: none, drain: none, timeoutMs: none });
  });

  it("say so when they are the second of several arguments that belong in an array", async () => {
    const call = open().call("add", 1 as never, 2 as never);
    await expect(call).rejects.toThrow(
      new TypeError("Cannot call: options must be an object (args is an array of all arguments), got 2"),
    );
    const transfer = new ArrayBuffer(1) as never;
    await expect(open().call("add", [1, 2], { transfer })).rejects.toThrow(
      new TypeError("Cannot call: transfer must be an array, got an instance of ArrayBuffer"),
    );
  });
});
