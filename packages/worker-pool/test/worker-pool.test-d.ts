import type { RetryPolicy } from "@disp/retry";
import {
  type CallableWorker,
  type PoolFailure,
  type PoolStatus,
  type QuitResult,
  retryTask,
  type Task,
  type TaskObject,
  WorkerPool,
} from "@disp/worker-pool";
import { describe, expectTypeOf, it } from "vitest";

const pool = new WorkerPool({ maxWorkers: 1 });
const connections = new WorkerPool({
  maxWorkers: 1,
  worker: { create: async () => ({ query: (sql: string) => sql.length }) },
});

describe("WorkerPool", () => {
  it("gives the result of a task, awaited", () => {
    expectTypeOf(pool.execute(() => 1)).resolves.toEqualTypeOf<number>();
    expectTypeOf(pool.execute(async () => "a")).resolves.toEqualTypeOf<string>();
    expectTypeOf(pool.execute({ execute: () => true, timeoutMs: 5 })).resolves.toEqualTypeOf<boolean>();
    expectTypeOf(pool.dispatch(() => 1)).toEqualTypeOf<boolean>();
  });

  it("knows what its workers own", () => {
    expectTypeOf(connections.execute(({ worker }) => worker.query("select 1"))).resolves.toEqualTypeOf<number>();
    expectTypeOf(pool).toEqualTypeOf<WorkerPool>();
    void pool.execute(({ worker, signal, attempt }) => {
      expectTypeOf(worker).toEqualTypeOf<undefined>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(attempt).toEqualTypeOf<number>();
    });
  });

  it("takes undefined for every option that may be left out", () => {
    const none = undefined;
    const rest = { destroy: none, isUsable: none, retry: none, createTimeoutMs: none, destroyTimeoutMs: none };
    const worker = { create: () => 1, ...rest };
    expectTypeOf(new WorkerPool({ maxWorkers: 1, worker })).toEqualTypeOf<WorkerPool<number>>();
  });

  it("keeps the type of a task that retries", () => {
    expectTypeOf(pool.execute(retryTask(() => 1, {} as RetryPolicy))).resolves.toEqualTypeOf<number>();
    expectTypeOf(retryTask(async () => "a", {} as RetryPolicy)).toEqualTypeOf<TaskObject<string>>();
  });

  it("hands back tasks of its own kind", () => {
    expectTypeOf(pool.quit()).resolves.toEqualTypeOf<QuitResult>();
    expectTypeOf<QuitResult["leftover"]>().toEqualTypeOf<Task[]>();
    expectTypeOf(pool.status).toEqualTypeOf<PoolStatus>();
  });

  it("tells what has failed", () => {
    expectTypeOf<PoolFailure["kind"]>().toEqualTypeOf<"task" | "create" | "destroy">();
    expectTypeOf<Extract<PoolFailure, { kind: "task" }>["task"]>().toEqualTypeOf<Task>();
  });

  it("refuses what is no task, and names for workers that take no calls", () => {
    // @ts-expect-error a task is no number
    pool.dispatch(1);
    // @ts-expect-error there is no such option
    void pool.execute(() => 1, { timeout: 5 });
    // @ts-expect-error these workers take no calls
    void pool.call("add", [1, 2]);
  });

  it("types calls by what the workers know", () => {
    interface Tasks {
      add(a: number, b: number): number;
      hash(input: string): Promise<Uint8Array>;
      sum(all: number[]): number;
    }
    const remote = new WorkerPool<CallableWorker<Tasks>>({ maxWorkers: 1 });
    expectTypeOf(remote.call("add", [1, 2])).resolves.toEqualTypeOf<number>();
    expectTypeOf(remote.call("hash", ["a"])).resolves.toEqualTypeOf<Uint8Array>();
    expectTypeOf(remote.call("hash", "a", { timeoutMs: 5 })).resolves.toEqualTypeOf<Uint8Array>();
    expectTypeOf(remote.call("sum", [[1, 2]])).resolves.toEqualTypeOf<number>();
    // @ts-expect-error no such task
    void remote.call("subtract", [1, 2]);
    // @ts-expect-error an argument is missing
    void remote.call("add", [1]);
    // @ts-expect-error an array has to be in the list of arguments
    void remote.call("sum", [1, 2]);
  });
});
