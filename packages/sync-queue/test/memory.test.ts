import { Deque, SyncQueue } from "@disp/sync-queue";
import { describe, expect, it } from "vitest";
import { heapUsed } from "../../../tooling/heap-used.ts";

const BURST = 1_000_000;
const WAITS = 50_000;
const MEGABYTE = 1_000_000;

/** How much the heap grew over `work`, once `work` was run before: its compiled code is on the heap as well. */
async function growthOver(work: () => void | Promise<void>): Promise<number> {
  await work();
  const before = await heapUsed();
  await work();
  return (await heapUsed()) - before;
}

describe("memory", () => {
  it("can be measured here", () => {
    expect(globalThis.gc).toBeTypeOf("function");
  });

  it("is given back once a burst has passed through a queue", async () => {
    const queue = new SyncQueue<number>();
    const fill = (): void => {
      for (let item = 0; item < BURST; item++) queue.enqueue(item);
    };
    const pass = (): void => {
      fill();
      while (queue.size > 0) queue.tryDequeue();
    };
    expect(await growthOver(pass)).toBeLessThan(MEGABYTE);
    const empty = await heapUsed();
    fill();
    expect((await heapUsed()) - empty).toBeGreaterThan(4 * MEGABYTE);
    expect(queue.size).toBe(BURST);
  });

  it("is given back when a deque is emptied from the other end, or cleared", async () => {
    const deque = new Deque<number>();
    const pass = (): void => {
      for (let item = 0; item < BURST; item++) deque.pushFront(item);
      while (deque.size > 0) deque.popBack();
      for (let item = 0; item < BURST; item++) deque.pushBack(item);
      deque.clear();
    };
    expect(await growthOver(pass)).toBeLessThan(MEGABYTE);
    expect(deque.capacity).toBe(16);
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
      const taken = {};
      refs.push(new WeakRef(taken));
      deque.pushBack(taken);
      deque.popBack();
      deque.popFront();
      deque.popFront();
      queue.dequeueMany(2);
    };
    pass();
    await heapUsed();
    expect(refs.map((ref) => ref.deref())).toEqual(Array(5).fill(undefined));
    expect([deque.size, queue.size]).toEqual([1, 1]);
  });

  it("does not grow with receivers whose signal lives on", async () => {
    const queue = new SyncQueue<number>();
    const { signal } = new AbortController();
    const exchange = async (): Promise<void> => {
      for (let turn = 0; turn < WAITS; turn++) {
        const waiting = queue.dequeue({ signal });
        queue.enqueue(turn);
        await waiting;
      }
    };
    expect(await growthOver(exchange)).toBeLessThan(MEGABYTE);
  });

  it("does not grow with an iterator that waits for every item", async () => {
    const queue = new SyncQueue<number>();
    const iterator = queue[Symbol.asyncIterator]();
    const exchange = async (): Promise<void> => {
      for (let turn = 0; turn < WAITS; turn++) {
        const waiting = iterator.next();
        queue.enqueue(turn);
        await waiting;
      }
    };
    expect(await growthOver(exchange)).toBeLessThan(MEGABYTE);
  });
});
