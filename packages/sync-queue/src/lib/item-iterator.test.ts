import { describe, expect, it } from "vitest";
import { SyncQueue } from "./sync-queue.ts";

function queueOf<T>(...items: T[]): SyncQueue<T> {
  const queue = new SyncQueue<T>();
  for (const item of items) queue.enqueue(item);
  return queue;
}

describe("an iterator over a queue", () => {
  it("yields every item and ends once the queue is closed and empty", async () => {
    const queue = queueOf<unknown>(0, undefined, null, false, "", NaN);
    queue.close();
    const seen: unknown[] = [];
    for await (const item of queue) seen.push(item);
    expect(seen).toEqual([0, undefined, null, false, "", NaN]);
  });

  it("waits for items that come later, and ends when the queue is closed meanwhile", async () => {
    const queue = new SyncQueue<number | undefined>();
    const iterator = queue[Symbol.asyncIterator]();
    const results = [iterator.next(), iterator.next(), iterator.next()];
    expect(queue.waiting).toBe(3);
    queue.enqueue(1);
    queue.enqueue(undefined);
    queue.close();
    expect(await Promise.all(results)).toEqual([
      { done: false, value: 1 },
      { done: false, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it("leaves the queue open and its items inside when a loop is left", async () => {
    const queue = queueOf(1, 2, 3);
    for await (const item of queue) {
      if (item === 2) break;
    }
    expect(queue.closed).toBe(false);
    expect(queue.dequeueMany(9)).toEqual([3]);
  });

  it("steals nothing after it was returned, neither by calls that wait nor by later ones", async () => {
    const queue = new SyncQueue<number>();
    const iterator = queue[Symbol.asyncIterator]();
    const other = queue[Symbol.asyncIterator]();
    const waiting = [iterator.next(), other.next(), iterator.next()];
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(queue.waiting).toBe(1);
    queue.enqueue(1);
    queue.enqueue(2);
    const end = { done: true, value: undefined };
    expect(await Promise.all(waiting)).toEqual([end, { done: false, value: 1 }, end]);
    expect(await iterator.next()).toEqual(end);
    expect(queue.size).toBe(1);
    expect(await other.next()).toEqual({ done: false, value: 2 });
  });

  it("keeps what was handed to it before it was returned", async () => {
    const queue = new SyncQueue<number>();
    const iterator = queue[Symbol.asyncIterator]();
    const results = [iterator.next(), iterator.next()];
    queue.enqueue(1);
    await iterator.return?.();
    expect(await Promise.all(results)).toEqual([
      { done: false, value: 1 },
      { done: true, value: undefined },
    ]);
  });

  it("waits again and again, with several calls at once", async () => {
    const queue = new SyncQueue<number>();
    const iterator = queue[Symbol.asyncIterator]();
    for (let turn = 0; turn < 100; turn++) {
      const results = [iterator.next(), iterator.next()];
      queue.enqueue(turn);
      queue.enqueue(-turn);
      expect((await Promise.all(results)).map(({ value }) => value)).toEqual([turn, -turn]);
    }
    const last = iterator.next();
    await iterator.return?.();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(queue.waiting).toBe(0);
  });

  it("shares the queue fairly with other iterators and receivers", async () => {
    const queue = new SyncQueue<number>();
    const seen: string[] = [];
    const loop = async (name: string): Promise<void> => {
      for await (const item of queue) seen.push(`${name}${item}`);
    };
    const loops = [loop("a"), loop("b")];
    const receiver = queue.dequeue();
    for (let item = 1; item <= 3; item++) queue.enqueue(item);
    expect(await receiver).toBe(3);
    for (let item = 4; item <= 5; item++) queue.enqueue(item);
    queue.close();
    await Promise.all(loops);
    expect(seen).toEqual(["a1", "b2", "a4", "b5"]);
  });

  it("is iterable itself", async () => {
    const queue = queueOf(1, 2);
    queue.close();
    const iterator = queue[Symbol.asyncIterator]();
    await iterator.next();
    const rest: number[] = [];
    for await (const item of iterator) rest.push(item);
    expect(rest).toEqual([2]);
  });

  it("hands promises over as they are, so that one that rejects does not end it", async () => {
    const queue = new SyncQueue<Promise<number>>();
    const failed = Promise.reject<number>(new Error("inside"));
    const iterator = queue[Symbol.asyncIterator]();
    const first = iterator.next();
    queue.enqueue(failed);
    queue.enqueue(failed);
    expect((await first).value).toBe(failed);
    expect((await iterator.next()).value).toBe(failed);
    await expect(failed).rejects.toThrow("inside");
  });
});
