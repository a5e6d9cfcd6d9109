import { describe, expect, it, vi } from "vitest";
import { QueueClosedError, QueueFullError } from "./errors.ts";
import { SYNC_QUEUE_DEFAULTS, SyncQueue } from "./sync-queue.ts";

async function fate(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => ({ value }),
    (reason: unknown) => ({ reason }),
  );
}

async function turnMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

describe("an unbounded SyncQueue", () => {
  it("gives items back first in, first out", () => {
    const queue = new SyncQueue<number>();
    for (let item = 0; item < 5_000; item++) queue.enqueue(item);
    expect(queue.size).toBe(5_000);
    for (let item = 0; item < 5_000; item++) expect(queue.tryDequeue()).toBe(item);
    expect(queue.tryDequeue()).toBeUndefined();
  });

  it.each([undefined, null, 0, "", false, NaN])("takes %s for an item, on every way through", async (value) => {
    const queue = new SyncQueue<unknown>();
    const waiting = queue.dequeue();
    queue.enqueue(value);
    expect(await waiting).toBe(value);
    expect(queue.tryEnqueue(value)).toBe(true);
    await queue.enqueueWhenRoom(value);
    queue.enqueue(value);
    expect(queue.size).toBe(3);
    expect(queue.tryDequeue()).toBe(value);
    expect(await queue.dequeue()).toBe(value);
    expect(queue.dequeueMany(5)).toEqual([value]);
    expect(queue.size).toBe(0);
  });

  it("serves waiting receivers in order of arrival, past the queue", async () => {
    const queue = new SyncQueue<string>();
    const waiting = [queue.dequeue(), queue.dequeue(), queue.dequeue()];
    expect(queue.waiting).toBe(3);
    for (const item of ["a", "b", "c", "d"]) queue.enqueue(item);
    expect(queue.waiting).toBe(0);
    expect(queue.size).toBe(1);
    expect(await Promise.all(waiting)).toEqual(["a", "b", "c"]);
  });

  it("takes in batches what is there, and never waits for more", () => {
    const queue = new SyncQueue<number>();
    for (let item = 0; item < 5; item++) queue.enqueue(item);
    expect(queue.dequeueMany(2)).toEqual([0, 1]);
    expect(queue.dequeueMany(0)).toEqual([]);
    expect(queue.dequeueMany(Infinity)).toEqual([2, 3, 4]);
    expect(queue.dequeueMany(2)).toEqual([]);
  });

  it("hands its contents over when it is cleared, and stays open", () => {
    const queue = new SyncQueue<number>();
    queue.enqueue(1);
    queue.enqueue(2);
    expect(queue.clear()).toEqual([1, 2]);
    expect(queue.size).toBe(0);
    queue.enqueue(3);
    expect(queue.tryDequeue()).toBe(3);
  });

  it("grows and goes back to its first capacity", () => {
    const queue = new SyncQueue<number>({ initialCapacity: 4 });
    expect(queue.capacity).toBe(4);
    for (let item = 0; item < 10_000; item++) queue.enqueue(item);
    expect(queue.capacity).toBeGreaterThanOrEqual(10_000);
    queue.dequeueMany(Infinity);
    expect(queue.capacity).toBe(4);
    expect(new SyncQueue().capacity).toBe(16);
  });

  it("is no thenable, so it can be returned from an async function", async () => {
    const queue = new SyncQueue();
    expect("then" in queue).toBe(false);
    expect(await Promise.resolve(queue)).toBe(queue);
  });
});

describe("a receiver that is called off", () => {
  it("never swallows an item", async () => {
    const queue = new SyncQueue<number>();
    const controller = new AbortController();
    const first = fate(queue.dequeue({ signal: controller.signal }));
    const second = queue.dequeue();
    controller.abort("enough");
    expect(queue.waiting).toBe(1);
    queue.enqueue(1);
    expect(await first).toEqual({ reason: "enough" });
    expect(await second).toBe(1);
  });

  it("leaves the item inside when the signal is aborted already", async () => {
    const queue = new SyncQueue<number>();
    queue.enqueue(1);
    await expect(queue.dequeue({ signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(queue.size).toBe(1);
  });

  it("keeps its item when the abort comes after the hand-off", async () => {
    const queue = new SyncQueue<number>();
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    const waiting = queue.dequeue({ signal: controller.signal });
    queue.enqueue(1);
    controller.abort();
    expect(await waiting).toBe(1);
    expect(removed).toHaveBeenCalledTimes(1);
  });
});

describe("a bounded SyncQueue", () => {
  it("refuses what does not fit", async () => {
    const queue = new SyncQueue<number>({ maxItems: 2 });
    queue.enqueue(1);
    await queue.enqueueWhenRoom(2);
    expect(queue.tryEnqueue(3)).toBe(false);
    expect(() => queue.enqueue(3)).toThrow(QueueFullError);
    expect(() => queue.enqueue(3)).toThrow("Cannot enqueue: the queue must hold fewer than 2 items, got a full one");
    expect(queue.clear()).toEqual([1, 2]);
  });

  it("does not count an item that goes to a waiting receiver", async () => {
    const queue = new SyncQueue<number>({ maxItems: 1 });
    const waiting = queue.dequeue();
    queue.enqueue(1);
    queue.enqueue(2);
    expect(await waiting).toBe(1);
    expect(queue.size).toBe(1);
  });

  it("admits waiting senders in order as soon as there is room, and lets nobody overtake them", async () => {
    const queue = new SyncQueue<number>({ maxItems: 1 });
    const admitted: number[] = [];
    queue.enqueue(0);
    for (const item of [1, 2]) void queue.enqueueWhenRoom(item).then(() => admitted.push(item));
    await turnMicrotasks();
    expect(admitted).toEqual([]);
    expect(queue.tryDequeue()).toBe(0);
    expect(queue.size).toBe(1);
    expect(queue.tryEnqueue(9)).toBe(false);
    await turnMicrotasks();
    expect(admitted).toEqual([1]);
    expect(await queue.dequeue()).toBe(1);
    expect(await queue.dequeue()).toBe(2);
    expect(admitted).toEqual([1, 2]);
  });

  it.each([
    ["dequeueMany", (queue: SyncQueue<number>) => queue.dequeueMany(9)],
    ["clear", (queue: SyncQueue<number>) => queue.clear()],
  ])("admits as many waiting senders as fit after %s", async (_name, empty) => {
    const queue = new SyncQueue<number>({ maxItems: 2 });
    const sent = [0, 1, 2, 3, 4].map((item) => fate(queue.enqueueWhenRoom(item)));
    expect(empty(queue)).toEqual([0, 1]);
    expect(queue.size).toBe(2);
    expect(empty(queue)).toEqual([2, 3]);
    expect(empty(queue)).toEqual([4]);
    expect(await Promise.all(sent)).toEqual(sent.map(() => ({ value: undefined })));
  });

  it("never lets the item of a sender in that was called off", async () => {
    const queue = new SyncQueue<number>({ maxItems: 1 });
    const controller = new AbortController();
    queue.enqueue(0);
    const off = fate(queue.enqueueWhenRoom(1, { signal: controller.signal }));
    const on = queue.enqueueWhenRoom(2);
    controller.abort("enough");
    expect(await off).toEqual({ reason: "enough" });
    expect(queue.dequeueMany(9)).toEqual([0]);
    await on;
    expect(queue.dequeueMany(9)).toEqual([2]);
    await expect(queue.enqueueWhenRoom(3, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(queue.size).toBe(0);
  });
});

describe("a closed SyncQueue", () => {
  it("gives out what is inside and takes nothing in", async () => {
    const queue = new SyncQueue<number>();
    queue.enqueue(1);
    queue.enqueue(2);
    queue.close();
    queue.close();
    expect(queue.closed).toBe(true);
    expect(queue.tryEnqueue(3)).toBe(false);
    expect(() => queue.enqueue(3)).toThrow(QueueClosedError);
    await expect(queue.enqueueWhenRoom(3)).rejects.toThrow(QueueClosedError);
    expect(await queue.dequeue()).toBe(1);
    expect(queue.tryDequeue()).toBe(2);
    await expect(queue.dequeue()).rejects.toThrow(QueueClosedError);
  });

  it("says closed rather than full", () => {
    const queue = new SyncQueue<number>({ maxItems: 1 });
    queue.enqueue(1);
    queue.close();
    expect(() => queue.enqueue(2)).toThrow(QueueClosedError);
  });

  it("rejects receivers that wait", async () => {
    const queue = new SyncQueue<number>();
    const waiting = [fate(queue.dequeue()), fate(queue.dequeue())];
    queue.close();
    expect(queue.waiting).toBe(0);
    const closed = { reason: new QueueClosedError("dequeue") };
    expect(await Promise.all(waiting)).toEqual([closed, closed]);
  });

  it("rejects senders that wait and keeps their items out", async () => {
    const queue = new SyncQueue<number>({ maxItems: 1 });
    queue.enqueue(1);
    const sent = fate(queue.enqueueWhenRoom(2));
    queue.close();
    expect(await sent).toEqual({ reason: new QueueClosedError("enqueue") });
    expect(queue.clear()).toEqual([1]);
    expect(queue.size).toBe(0);
  });

  it("drops what is inside when its block ends", async () => {
    const queue = new SyncQueue<number>({ maxItems: 1 });
    queue.enqueue(1);
    const sent = fate(queue.enqueueWhenRoom(2));
    queue[Symbol.dispose]();
    queue[Symbol.dispose]();
    expect([queue.closed, queue.size]).toEqual([true, 0]);
    expect(await sent).toEqual({ reason: new QueueClosedError("enqueue") });
    await expect(queue.dequeue()).rejects.toThrow(QueueClosedError);
  });
});

describe("the options of a SyncQueue", () => {
  it.each([
    [{ maxItems: 0 }, RangeError, "maxItems must be a whole number >= 1 or Infinity, got 0"],
    [{ maxItems: 1.5 }, RangeError, "maxItems must be a whole number >= 1 or Infinity, got 1.5"],
    [{ maxItems: NaN }, RangeError, "maxItems must be a whole number >= 1 or Infinity, got NaN"],
    [{ maxItems: "9" }, TypeError, 'maxItems must be a whole number >= 1 or Infinity, got "9"'],
    [{ initialCapacity: 0 }, RangeError, "initialCapacity must be a whole number >= 1, got 0"],
    [{ initialCapacity: Infinity }, RangeError, "initialCapacity must be a whole number >= 1, got Infinity"],
    [{ maxItems: null }, TypeError, "maxItems must be a whole number >= 1 or Infinity, got null"],
    [{ capacity: 3 }, TypeError, 'options must be an object with only initialCapacity, maxItems, got an object with "'],
    [3, TypeError, "options must be an object with only initialCapacity, maxItems, got 3"],
    [null, TypeError, "options must be an object with only initialCapacity, maxItems, got null"],
  ])("refuse %o", (options, kind, complaint) => {
    expect(() => new SyncQueue(options as never)).toThrow(kind);
    expect(() => new SyncQueue(options as never)).toThrow(`Cannot create a SyncQueue: ${complaint}`);
  });

  it("fall back on frozen defaults", () => {
    expect(Object.isFrozen(SYNC_QUEUE_DEFAULTS)).toBe(true);
    expect(new SyncQueue({ maxItems: undefined }).tryEnqueue(1)).toBe(true);
  });

  it.each([-1, 1.5, NaN])("refuse a batch of at most %s", (max) => {
    const queue = new SyncQueue<number>();
    queue.enqueue(1);
    expect(() => queue.dequeueMany(max)).toThrow(
      `Cannot dequeue: max must be a whole number >= 0 or Infinity, got ${max}`,
    );
    expect(queue.size).toBe(1);
  });

  it("refuse what is no signal, and change nothing", () => {
    const queue = new SyncQueue<number>();
    queue.enqueue(1);
    expect(() => queue.dequeue({ signal: 1 as never })).toThrow("Cannot dequeue: signal must be an AbortSignal, got 1");
    expect(() => queue.dequeue({ signal: null as never })).toThrow("signal must be an AbortSignal, got null");
    expect(() => queue.enqueueWhenRoom(2, { signal: {} as never })).toThrow(TypeError);
    expect(queue.size).toBe(1);
  });

  it.each([
    [null, "null"],
    [100, "100"],
    [AbortSignal.abort(), "an instance of AbortSignal"],
    [{ timeoutMs: 5 }, 'an object with "timeoutMs"'],
  ])("refuse %s in place of { signal }, and change nothing", (options, printed) => {
    const queue = new SyncQueue<number>();
    queue.enqueue(1);
    const rule = "options must be an object with only signal";
    expect(() => queue.dequeue(options as never)).toThrow(new TypeError(`Cannot dequeue: ${rule}, got ${printed}`));
    expect(() => queue.enqueueWhenRoom(2, options as never)).toThrow(
      new TypeError(`Cannot enqueue: ${rule}, got ${printed}`),
    );
    expect(queue.size).toBe(1);
  });
});
