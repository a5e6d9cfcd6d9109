import { Deque, DEQUE_DEFAULTS, SYNC_QUEUE_DEFAULTS, SyncQueue, type Waiter, WaitQueue } from "@disp/sync-queue";
import { describe, expectTypeOf, it } from "vitest";

describe("the types of @disp/sync-queue", () => {
  it("carry the item type through a queue", () => {
    const queue = new SyncQueue<string>();
    expectTypeOf(queue).toExtend<AsyncIterable<string>>();
    expectTypeOf(queue).toExtend<Disposable>();
    expectTypeOf(queue.tryDequeue()).toEqualTypeOf<string | undefined>();
    expectTypeOf(queue.dequeue()).toEqualTypeOf<Promise<string>>();
    expectTypeOf(queue.dequeueMany(1)).toEqualTypeOf<string[]>();
    expectTypeOf(queue.clear()).toEqualTypeOf<string[]>();
    // @ts-expect-error -- a number is no string
    queue.enqueue(1);
  });

  it("carry the item type through a deque", () => {
    const deque = new Deque<number>();
    expectTypeOf(deque.popFront()).toEqualTypeOf<number | undefined>();
    expectTypeOf([...deque]).toEqualTypeOf<number[]>();
    // @ts-expect-error -- size is for reading
    deque.size = 0;
  });

  it("take an option that is undefined for one that is absent", () => {
    const nothing = undefined;
    new SyncQueue({ initialCapacity: nothing, maxItems: nothing });
    new Deque({ initialCapacity: nothing });
    new WaitQueue({ onAbort: nothing });
    void new SyncQueue().dequeue({ signal: nothing });
    expectTypeOf(SYNC_QUEUE_DEFAULTS.maxItems).toEqualTypeOf<number>();
    expectTypeOf(DEQUE_DEFAULTS.initialCapacity).toEqualTypeOf<number>();
  });

  it("let data be left out only where there is none", () => {
    const plain = new WaitQueue();
    expectTypeOf(plain.wait()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(plain.front).toEqualTypeOf<Waiter<void, undefined> | undefined>();
    plain.front?.resolve();
    const weighted = new WaitQueue<string, number>({ onAbort: (data) => expectTypeOf(data).toEqualTypeOf<number>() });
    expectTypeOf(weighted.wait(1)).toEqualTypeOf<Promise<string>>();
    // @ts-expect-error -- this line needs to know how much
    void weighted.wait();
    // @ts-expect-error -- a waiter for text is served with text
    weighted.front?.resolve();
  });
});
