import { QueueClosedError, QueueFullError, SyncQueue } from "@disp/sync-queue";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Outcome, QueueModel } from "./model.ts";

const ITERATORS = 3;

type Step =
  | { do: "enqueue" | "tryEnqueue" | "enqueueWhenRoom" | "tryDequeue" | "dequeue" | "clear" | "close" }
  | { do: "dequeueMany"; max: number }
  | { do: "next" | "return"; iterator: number }
  | { do: "abort"; which: number }
  | { do: "rest"; microtasks: number };

const iterator = fc.nat(ITERATORS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom("enqueue" as const, "tryEnqueue" as const, "enqueueWhenRoom" as const),
    }),
  },
  { weight: 9, arbitrary: fc.record({ do: fc.constantFrom("tryDequeue" as const, "dequeue" as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("next" as const), iterator }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("dequeueMany" as const), max: fc.nat(5) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("abort" as const), which: fc.nat() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("rest" as const), microtasks: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("return" as const), iterator }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("clear" as const, "close" as const) }) },
);

/** The queue and its model, driven by the same steps. */
class Twins {
  readonly #model: QueueModel;
  readonly #queue: SyncQueue<unknown>;
  readonly #iterators: AsyncIterator<unknown>[];
  readonly #outcomes = new Map<number, Outcome>();
  readonly #controllers = new Map<number, AbortController>();
  #names = 0;

  constructor(maxItems: number) {
    this.#model = new QueueModel(maxItems);
    this.#queue = new SyncQueue({ maxItems, initialCapacity: 2 });
    this.#iterators = Array.from({ length: ITERATORS }, () => this.#queue[Symbol.asyncIterator]());
  }

  async run(next: Step): Promise<void> {
    if (next.do === "rest") for (let turn = 0; turn < next.microtasks; turn++) await Promise.resolve();
    else this.#do(next);
    const { items, receivers, closed } = this.#model;
    expect([this.#queue.size, this.#queue.waiting, this.#queue.closed]).toEqual([
      items.length,
      receivers.length,
      closed,
    ]);
  }

  async compareOutcomes(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    const byId = (outcomes: Map<number, Outcome>) => [...outcomes].sort(([one], [other]) => one - other);
    expect(byId(this.#outcomes)).toEqual(byId(this.#model.outcomes));
  }

  async finish(): Promise<void> {
    await this.run({ do: "close" });
    expect(this.#queue.clear()).toEqual(this.#model.items);
    await this.compareOutcomes();
    expect(this.#outcomes.size).toBe(this.#controllers.size);
  }

  #do(next: Exclude<Step, { do: "rest" }>): void {
    switch (next.do) {
      case "enqueue":
        this.#enqueue(this.#nextItem());
        return;
      case "tryEnqueue": {
        const item = this.#nextItem();
        expect(this.#queue.tryEnqueue(item)).toBe(this.#model.tryEnqueue(item) === "in");
        return;
      }
      case "enqueueWhenRoom": {
        const item = this.#nextItem();
        const id = this.#record((signal) => this.#queue.enqueueWhenRoom(item, { signal }));
        this.#model.enqueueWhenRoom(id, item);
        return;
      }
      case "tryDequeue":
        expect(this.#queue.tryDequeue()).toBe(this.#model.dequeueMany(1)[0]);
        return;
      case "dequeue":
        this.#model.receive({ id: this.#record((signal) => this.#queue.dequeue({ signal })), iterator: undefined });
        return;
      case "dequeueMany":
        expect(this.#queue.dequeueMany(next.max)).toEqual(this.#model.dequeueMany(next.max));
        return;
      case "next":
        this.#model.receive({
          id: this.#record(() => this.#iterators[next.iterator]!.next()),
          iterator: next.iterator,
        });
        return;
      case "return":
        void this.#iterators[next.iterator]!.return?.();
        this.#model.detach(next.iterator);
        return;
      case "abort":
        this.#abort(next.which);
        return;
      case "clear":
        expect(this.#queue.clear()).toEqual(this.#model.dequeueMany(Infinity));
        return;
      case "close":
        this.#queue.close();
        this.#model.close();
    }
  }

  #enqueue(item: unknown): void {
    const expected = this.#model.tryEnqueue(item);
    if (expected === "in") this.#queue.enqueue(item);
    else expect(() => this.#queue.enqueue(item)).toThrow(expected === "full" ? QueueFullError : QueueClosedError);
  }

  /** Aborts one of those that wait, or one that settled long ago. */
  #abort(which: number): void {
    const waiting = [...this.#model.receivers, ...this.#model.senders].filter(
      (waiter) => !("iterator" in waiter && waiter.iterator !== undefined),
    );
    const ids = which % 4 === 0 ? [...this.#controllers.keys()] : waiting.map(({ id }) => id);
    const id = ids[which % ids.length];
    // A next() takes no signal.
    if (id === undefined || this.#model.receivers.some((one) => one.id === id && one.iterator !== undefined)) return;
    this.#controllers.get(id)?.abort("aborted");
    this.#model.abort(id);
  }

  #nextItem(): unknown {
    const name = this.#names++;
    return name % 5 === 0 ? undefined : name;
  }

  #record(start: (signal: AbortSignal) => Promise<unknown>): number {
    const id = this.#controllers.size;
    const controller = new AbortController();
    this.#controllers.set(id, controller);
    const settle = (outcome: Outcome): void => {
      if (this.#outcomes.has(id)) throw new Error(`operation ${id} settled twice`);
      this.#outcomes.set(id, outcome);
    };
    start(controller.signal).then(
      (value) => settle({ value }),
      (reason: unknown) => settle({ reason: reason instanceof QueueClosedError ? reason.code : String(reason) }),
    );
    return id;
  }
}

describe("SyncQueue against a model in plain arrays", () => {
  it.each([1, 2, 5, Infinity])("does the same, whatever is done to it, with room for %s", async (maxItems) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const twins = new Twins(maxItems);
        for (const [index, next] of steps.entries()) {
          await twins.run(next);
          if (index % 10 === 9) await twins.compareOutcomes();
        }
        await twins.finish();
      }),
      { numRuns: 150 },
    );
  });
});

describe("many senders and receivers at once", () => {
  it("exchange every item once, each sender's in its order, over many changes of size", async () => {
    const scenario = fc.record({
      maxItems: fc.constantFrom(1, 3, 64, Infinity),
      senders: fc.array(fc.array(fc.nat(3), { maxLength: 200 }), { minLength: 1, maxLength: 6 }),
      receivers: fc.array(fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ maxItems, senders, receivers }) => {
        const queue = new SyncQueue<{ sender: number; n: number }>({ maxItems, initialCapacity: 1 });
        const received: { sender: number; n: number }[] = [];
        const receiving = receivers.map(async (pauses) => {
          let turn = 0;
          for await (const item of queue) {
            received.push(item);
            for (let pause = pauses[turn++ % pauses.length]!; pause > 0; pause--) await Promise.resolve();
          }
        });
        const sending = senders.map(async (pauses, sender) => {
          for (const [n, pause] of pauses.entries()) {
            for (let turn = 0; turn < pause; turn++) await Promise.resolve();
            await queue.enqueueWhenRoom({ sender, n });
          }
        });
        await Promise.all(sending);
        queue.close();
        await Promise.all(receiving);
        expect(received).toHaveLength(senders.flat().length);
        for (const sender of senders.keys()) {
          const own = received.filter((item) => item.sender === sender).map(({ n }) => n);
          expect(own).toEqual([...senders[sender]!.keys()]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
