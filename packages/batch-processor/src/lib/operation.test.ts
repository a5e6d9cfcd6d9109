import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { OperationCancelledError } from "./errors.ts";
import { CHANGED, isThenable, joinBatch, type Operation, THREW, UNCHANGED } from "./operation.ts";
import { unchanged } from "./unchanged.ts";

function join(work: (resource: number) => unknown, signal?: AbortSignal) {
  const operations: Operation<number>[] = [];
  const told: string[] = [];
  const host = {
    key: "a",
    joined: (operation: Operation<number>) => void operations.push(operation),
    began: () => void told.push("began"),
    cancelled: () => void told.push("cancelled"),
  };
  const promise = joinBatch(host, work, signal);
  return { promise, operation: operations[0] as Operation<number>, told };
}

describe("Operation", () => {
  it("ends with the result of its last run", async () => {
    const results = [1, unchanged(2), 3];
    const { promise, operation, told } = join(() => results.shift());
    operation.run(0);
    expect(operation.status).toBe(CHANGED);
    operation.run(0);
    expect(operation.status).toBe(UNCHANGED);
    operation.run(0);
    operation.succeed();
    expect(await promise).toBe(3);
    expect(told).toEqual(["began"]);
  });

  it("ends with what it threw, whether its batch is saved or not", async () => {
    for (const end of ["succeed", "fail"] as const) {
      const { promise, operation } = join(() => {
        throw "mine";
      });
      operation.run(0);
      expect(operation.status).toBe(THREW);
      operation[end](new Error("the batch"));
      await expect(promise).rejects.toBe("mine");
    }
  });

  it("that is under way ends with the failure of its batch, even if it threw before", async () => {
    const answers = [
      () => {
        throw "mine";
      },
      () => new Promise(() => {}),
    ];
    const { promise, operation } = join(() => answers.shift()?.());
    operation.run(0);
    expect(operation.run(0)).toBeInstanceOf(Promise);
    operation.fail("the batch");
    await expect(promise).rejects.toBe("the batch");
  });

  it("is cancelled by its signal until it runs", async () => {
    const abort = new AbortController();
    const { promise, told } = join(() => 1, abort.signal);
    abort.abort("reason");
    expect(told).toEqual(["cancelled"]);
    await expect(promise).rejects.toBeInstanceOf(OperationCancelledError);
    await expect(promise).rejects.toMatchObject({ key: "a", cause: "reason" });
  });

  it.each(["run", "fail"] as const)("no longer listens once it is told to %s", (what) => {
    const { signal } = new AbortController();
    const { promise, operation } = join(() => 1, signal);
    promise.catch(() => {});
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    operation[what](0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("shows itself to nobody", () => {
    const seen: unknown[] = [];
    const { operation } = join(function (this: unknown) {
      seen.push(this);
    });
    operation.run(0);
    expect(seen).toEqual([undefined]);
  });
});

describe("isThenable", () => {
  it("knows what can be waited for", () => {
    const callable = Object.assign(() => {}, { then: () => {} });
    expect([Promise.resolve(), { then: () => {} }, callable].map(isThenable)).toEqual([true, true, true]);
    expect([undefined, null, 0, "then", {}, { then: 5 }, () => {}].map(isThenable)).not.toContain(true);
  });
});
