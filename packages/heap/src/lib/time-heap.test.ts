import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimeHeap, type Timed } from "./time-heap.ts";

const member = (id: number, readyAt: number): Timed => ({ id, readyAt, heapIndex: -1 });

describe("TimeHeap", () => {
  it("pops by time, and by age among equals", () => {
    const heap = new TimeHeap<Timed>();
    for (const each of [member(4, 10), member(2, 30), member(1, 20), member(3, 10)]) heap.push(each);
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
    const heap = new TimeHeap<Timed>();
    const members = [member(1, 3), member(2, 2), member(3, 1)];
    members.forEach((each) => heap.push(each));
    heap.clear();
    expect(heap.size).toBe(0);
    expect(members.map(({ heapIndex }) => heapIndex)).toEqual([-1, -1, -1]);
  });

  it("stays sorted whatever is pushed, popped or removed from the middle", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("push", "push", "pop", "remove"), fc.nat(20))), (steps) => {
        const heap = new TimeHeap<Timed>();
        const model: Timed[] = [];
        const sort = () => model.sort((a, b) => a.readyAt - b.readyAt || a.id - b.id);
        steps.forEach(([what, number], id) => {
          const some = model[number % Math.max(1, model.length)];
          if (what === "push") {
            const made = member(id, number);
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
