import { describe, expectTypeOf, it } from "vitest";
import type { CallableWorker } from "../../src/lib/callable-worker.ts";
import { type WorkerFactory, WorkerPool } from "../../src/index.ts";
import { type AnyTasks, defineTasks, type ThreadWorker, threadWorkers, transferred } from "../../src/threads.ts";

const tasks = defineTasks({
  add(a: number, b: number) {
    return a + b;
  },
  async find(id: string): Promise<{ id: string }> {
    return { id: this.name(id) };
  },
  name: (id: string) => id,
  image(bytes: number) {
    const image = new Uint8Array(bytes);
    return transferred(image, [image.buffer]);
  },
});

type Tasks = typeof tasks;

describe("the types of threads", () => {
  it("are those of the functions that were defined", () => {
    expectTypeOf(tasks).toEqualTypeOf<Tasks>();
    expectTypeOf<Tasks["add"]>().toEqualTypeOf<(a: number, b: number) => number>();
    expectTypeOf<Tasks["find"]>().returns.resolves.toEqualTypeOf<{ id: string }>();
    expectTypeOf<Tasks["image"]>().returns.toExtend<Uint8Array>();
  });

  it("go with the factory and its workers", () => {
    expectTypeOf(threadWorkers<Tasks>("/worker.js")).toEqualTypeOf<WorkerFactory<ThreadWorker<Tasks>>>();
    expectTypeOf<ThreadWorker<Tasks>>().toExtend<CallableWorker<Tasks>>();
    expectTypeOf<ThreadWorker<Tasks>["tasks"]>().toEqualTypeOf<Tasks | undefined>();
  });

  it("are loose when nobody says what the file defines", () => {
    const pool = new WorkerPool({ maxWorkers: 1, worker: threadWorkers("/worker.js") });
    expectTypeOf(pool).toEqualTypeOf<WorkerPool<ThreadWorker<AnyTasks>>>();
    expectTypeOf(pool.call("add", [1, "two"])).resolves.toEqualTypeOf<unknown>();
    const name: string = "add";
    expectTypeOf(pool.call(name, [])).resolves.toEqualTypeOf<unknown>();
    // @ts-expect-error arguments go in an array
    void pool.call("add", 1, 2);
    const typed = new WorkerPool({ maxWorkers: 1, worker: threadWorkers<Tasks>("/worker.js") });
    expectTypeOf(typed.call("add", [1, 2])).resolves.toEqualTypeOf<number>();
    // @ts-expect-error no such task
    void typed.call("subtract", [1, 2]);
    const known = new WorkerPool<ThreadWorker<Tasks>>({ maxWorkers: 1, worker: threadWorkers("/worker.js") });
    expectTypeOf(known.call("add", [1, 2])).resolves.toEqualTypeOf<number>();
  });

  it("take functions only", () => {
    // @ts-expect-error: a number is no function
    defineTasks({ one: 1 });
    // @ts-expect-error: nothing of a number can be moved
    transferred(1, []);
  });
});
