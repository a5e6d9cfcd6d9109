import { describe, expectTypeOf, it } from "vitest";
import type { CallableWorker } from "../../src/lib/callable-worker.ts";
import type { WorkerFactory } from "../../src/index.ts";
import { defineTasks, type ThreadWorker, threadWorkers, transferred } from "../../src/threads.ts";

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

  it("take functions only", () => {
    // @ts-expect-error: a number is no function
    defineTasks({ one: 1 });
    // @ts-expect-error: nothing of a number can be moved
    transferred(1, []);
  });
});
