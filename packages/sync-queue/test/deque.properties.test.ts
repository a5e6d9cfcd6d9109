import { Deque } from "@disp/sync-queue";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

type Action = "pushBack" | "pushFront" | "popFront" | "popBack";
type Step = { do: Action; times: number } | { do: "clear" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constantFrom<Action[]>("pushBack", "pushFront", "popFront", "popBack"),
      // Mostly a few, at times more than the largest segment.
      times: fc.oneof({ weight: 5, arbitrary: fc.nat(40) }, fc.nat(5_000)),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "clear" as const }) },
);

describe("Deque against an array", () => {
  it("behaves like an array whatever is done at either end", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 60 }), (initialCapacity, steps) => {
        const deque = new Deque<number | undefined>({ initialCapacity });
        const model: (number | undefined)[] = [];
        let name = 0;
        for (const next of steps) {
          if (next.do === "clear") {
            expect(deque.clear()).toEqual(model.splice(0));
            continue;
          }
          for (let turn = 0; turn < next.times; turn++) {
            const item = name++ % 7 === 0 ? undefined : name;
            pushOrPop(next.do, deque, model, item);
          }
          expect([deque.size, deque.peekFront(), deque.peekBack()]).toEqual([model.length, model[0], model.at(-1)]);
          expect(deque.capacity).toBeGreaterThanOrEqual(deque.size);
          if (model.length === 0) expect(deque.capacity).toBe(initialCapacity);
        }
        expect([...deque]).toEqual(model);
      }),
      { numRuns: 100 },
    );
  });
});

function pushOrPop(action: Action, deque: Deque<unknown>, model: unknown[], item: unknown): void {
  switch (action) {
    case "pushBack":
      model.push(item);
      deque.pushBack(item);
      return;
    case "pushFront":
      model.unshift(item);
      deque.pushFront(item);
      return;
    case "popFront":
      same(deque.popFront(), model.shift());
      return;
    case "popBack":
      same(deque.popBack(), model.pop());
  }
}

/** Cheaper than expect() in a loop of thousands. */
function same(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`expected ${String(expected)}, got ${String(actual)}`);
}
