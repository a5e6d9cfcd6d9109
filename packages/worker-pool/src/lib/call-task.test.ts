import { describe, expect, it, vi } from "vitest";
import { CallTask, isCallable } from "./call-task.ts";
import type { CallableWorker, OnDone, OnFail } from "./callable-worker.ts";
import type { TaskContext } from "./task.ts";

const worker = (call: CallableWorker<unknown>["call"]) => ({ lookahead: 0, call, abort: vi.fn(), takeBack: () => 0 });

describe("CallTask", () => {
  it("is done by the worker, when it is run as any other task", async () => {
    const call = vi.fn((_name: string, args: readonly unknown[], _transfer: readonly unknown[], onDone: OnDone) =>
      onDone(args.length),
    );
    const context = { worker: worker(call), signal: new AbortController().signal, attempt: 1 };
    expect(await new CallTask("count", ["a", "b"], []).execute(context)).toBe(2);
    expect(call.mock.calls[0]?.slice(0, 3)).toEqual(["count", ["a", "b"], []]);
  });

  it("asks the worker to stop when its signal is aborted", async () => {
    let fail: OnFail = () => {};
    const host = worker((_name, _args, _transfer, _onDone, onFail) => void (fail = onFail));
    const controller = new AbortController();
    const result = new CallTask("spin", [], []).execute({ worker: host, signal: controller.signal, attempt: 1 });
    controller.abort("enough");
    expect(host.abort).toHaveBeenCalledWith("enough");
    fail("stopped");
    await expect(result).rejects.toBe("stopped");
  });

  it("says what is wrong when workers take no calls", () => {
    const context = { worker: undefined, signal: new AbortController().signal, attempt: 1 };
    expect(() =>
      new CallTask("add", [], []).execute(context as unknown as TaskContext<CallableWorker<unknown>>),
    ).toThrow(new TypeError(`Cannot call "add": the pool's workers must take calls, got undefined`));
  });
});

describe("isCallable", () => {
  it("knows who takes calls", () => {
    expect([worker(() => {}), {}, null, undefined, 1].map(isCallable)).toEqual([true, false, false, false, false]);
  });
});
