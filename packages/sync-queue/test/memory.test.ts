import { Deque, SyncQueue } from "@disp/sync-queue";
import { describe, expect, it } from "vitest";

const BURST = 1_000_000;
const MEGABYTE = 1_000_000;

async function heapUsed(): Promise<number> {
  // What finalizers and promises hold is free only after a turn of the loop.
  await new Promise((resolve) => setTimeout(resolve, 0));
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

describe("memory", () => {
  it("can be measured here", () => {
    expect(globalThis.gc).toBeTypeOf("function");
  });

  it("is given back once a burst has passed through a queue", async () => {
    const queue = new SyncQueue<number>();
    const before = await heapUsed();
    for (let item = 0; item < BURST; item++) queue.enqueue(item);
    const during = await heapUsed();
    while (queue.size > 0) queue.tryDequeue();
    const after = await heapUsed();
    expect(during - before).toBeGreaterThan(4 * MEGABYTE);
    expect(after - before).toBeLessThan(0.5 * MEGABYTE);
  });

  it("is given back when a deque is emptied from the other end, or cleared", async () => {
    const deque = new Deque<number>();
    const before = await heapUsed();
    for (let item = 0; item < BURST; item++) deque.pushFront(item);
    while (deque.size > 0) deque.popBack();
    for (let item = 0; item < BURST; item++) deque.pushBack(item);
    deque.clear();
    const after = await heapUsed();
    expect(after - before).toBeLessThan(0.5 * MEGABYTE);
  });

  it("does not keep an item alive that was taken out", async () => {
    const deque = new Deque<object>();
    const queue = new SyncQueue<object>();
    const refs: WeakRef<object>[] = [];
    const pass = (): void => {
      for (let turn = 0; turn < 4; turn++) {
        const item = { turn };
        refs.push(new WeakRef(item));
        if (turn % 2 === 0) deque.pushBack(item);
        else queue.enqueue(item);
      }
      // One stays inside of each, so that their segments stay too.
      deque.pushBack({});
      queue.enqueue({});
      deque.popFront();
      deque.popFront();
      queue.dequeueMany(2);
    };
    pass();
    await heapUsed();
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined, undefined]);
    expect([deque.size, queue.size]).toEqual([1, 1]);
  });

  it("does not grow with waiters that leave by a signal that lives on", async () => {
    const queue = new SyncQueue<number>();
    const { signal } = new AbortController();
    const before = await heapUsed();
    for (let turn = 0; turn < 20_000; turn++) {
      const waiting = queue.dequeue({ signal });
      queue.enqueue(turn);
      await waiting;
    }
    const after = await heapUsed();
    expect(after - before).toBeLessThan(0.5 * MEGABYTE);
  });

  it("does not grow with an iterator that waits for every item", async () => {
    const queue = new SyncQueue<number>();
    const iterator = queue[Symbol.asyncIterator]();
    const before = await heapUsed();
    for (let turn = 0; turn < 20_000; turn++) {
      const waiting = iterator.next();
      queue.enqueue(turn);
      await waiting;
    }
    const after = await heapUsed();
    expect(after - before).toBeLessThan(0.5 * MEGABYTE);
  });
});
