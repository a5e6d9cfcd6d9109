import { describe, expect, it } from "vitest";
import { bundle } from "../../../test/threads/bundle.ts";
import { call } from "../../../test/threads/calling.ts";
import { threadWorkers } from "./thread-workers.ts";

const signal = new AbortController().signal;

describe("threadWorkers", () => {
  it("checks its arguments before anything is started", () => {
    expect(() => threadWorkers("./worker.js")).toThrow(TypeError);
    expect(() => threadWorkers("/worker.js", { graceMs: NaN })).toThrow(RangeError);
  });

  it("makes a factory that creates threads, each of its own, and destroys them", async () => {
    const factory = threadWorkers<{ threadId(): number }>(await bundle("tasks.ts"), { lookahead: 3 });
    const workers = [await factory.create({ signal }), await factory.create({ signal })];
    const ids = await Promise.all(workers.map((worker) => call(worker, "threadId")));
    expect(new Set(ids).size).toBe(2);
    expect(workers.map(({ lookahead }) => lookahead)).toEqual([3, 3]);
    expect(workers.map((worker) => factory.isUsable?.(worker))).toEqual([true, true]);
    for (const worker of workers) await factory.destroy?.(worker);
    expect(workers.map((worker) => factory.isUsable?.(worker))).toEqual([false, false]);
  });

  it("lets a thread that cannot be loaded fail one task at once, within the time it has", () => {
    const factory = threadWorkers("/worker.js", { startTimeoutMs: 70 });
    expect(factory.createTimeoutMs).toBe(70);
    expect(factory.retry?.nextDelayMs(1, { error: undefined })).toBeUndefined();
  });
});
