import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BackoffHeap } from "./backoff-heap.ts";
import { BatchRecord } from "./batch-record.ts";

function record(id: number, readyAt: number): BatchRecord<never> {
  const made = new BatchRecord<never>(id, 0, false);
  made.readyAt = readyAt;
  return made;
}

describe("BackoffHeap", () => {
  it("pops by time, and by age among equals", () => {
    const heap = new BackoffHeap<never>();
    for (const each of [record(4, 10), record(2, 30), record(1, 20), record(3, 10)]) heap.push(each);
    expect(heap.peek()?.id).toBe(3);
    expect([heap.pop(), heap.pop(), heap.pop(), heap.pop(), heap.pop()].map((each) => each?.id)).toEqual([
      3,
      4,
      1,
      2,
      undefined,
    ]);
  });

  it("forgets the places of what it hands back", () => {
    const heap = new BackoffHeap<never>();
    const records = [record(1, 3), record(2, 2), record(3, 1)];
    records.forEach((each) => heap.push(each));
    heap.clear();
    expect(heap.size).toBe(0);
    expect(records.map(({ heapIndex }) => heapIndex)).toEqual([-1, -1, -1]);
  });

  it("stays sorted whatever is pushed, popped or removed from the middle", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("push", "push", "pop", "remove"), fc.nat(20))), (steps) => {
        const heap = new BackoffHeap<never>();
        const model: BatchRecord<never>[] = [];
        const sort = () => model.sort((a, b) => a.readyAt - b.readyAt || a.id - b.id);
        steps.forEach(([what, number], id) => {
          const some = model[number % Math.max(1, model.length)];
          if (what === "push") {
            const made = record(id, number);
            heap.push(made);
            model.push(made);
            sort();
          } else if (what === "pop") expect(heap.pop()).toBe(model.shift());
          else if (some !== undefined) {
            heap.remove(some);
            model.splice(model.indexOf(some), 1);
          }
          expect(heap.peek()).toBe(model[0]);
          expect(heap.size).toBe(model.length);
        });
      }),
    );
  });
});
