import { fixedDelay, noRetry } from "@disp/retry";
import { describe, expect, it } from "vitest";
import { BatchBuffer } from "./batch-buffer.ts";
import type { Drop } from "./drop.ts";
import { ItemTooLargeError, ItemTooSmallError } from "./errors.ts";
import type { Lease } from "./lease.ts";
import type { BatchBufferOptions } from "./options.ts";
import { blockNewItems, dropNewest, dropOldestBatch, unbounded } from "./overflow-policies.ts";

type TestBuffer = { buffer: BatchBuffer<unknown>; drops: Drop<unknown>[] };

function bufferOf(options: BatchBufferOptions<unknown> = {}): TestBuffer {
  const drops: Drop<unknown>[] = [];
  return { buffer: new BatchBuffer({ onDrop: (drop) => drops.push(drop), ...options }), drops };
}

function addAll(buffer: BatchBuffer<unknown>, items: Iterable<unknown>, now = 0): void {
  for (const item of items) if (!buffer.add(item, now)) throw new Error("refused");
}

function mustLease(buffer: BatchBuffer<unknown>, now: number): Lease<unknown> {
  const lease = buffer.lease(now);
  if (lease === undefined) throw new Error("nothing to lease");
  return lease;
}

const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);
const itemsOf = (lease: Lease<unknown> | undefined) => lease?.batch.items;

describe("cutting", () => {
  it("cuts a batch when it is full by count", () => {
    const { buffer } = bufferOf({ maxItems: 3 });
    addAll(buffer, [1, 2]);
    expect(buffer.lease(0)).toBeUndefined();
    addAll(buffer, [3, 4]);
    expect(itemsOf(buffer.lease(0))).toEqual([1, 2, 3]);
    expect(buffer.lease(0)).toBeUndefined();
  });

  it("cuts a batch before an item that would exceed its size", () => {
    const { buffer } = bufferOf({ maxSize: 10 });
    for (const size of [4, 4, 4]) buffer.add(`size ${size}`, 0, size);
    expect(mustLease(buffer, 0).batch.sizes).toEqual([4, 4]);
    expect(buffer.lease(0)).toBeUndefined();
  });

  it("cuts a batch at once when its size is used up", () => {
    const { buffer } = bufferOf({ maxSize: 10 });
    buffer.add("a", 0, 6);
    buffer.add("b", 0, 4);
    expect(itemsOf(buffer.lease(0))).toEqual(["a", "b"]);
  });

  it("counts the age from the first item of the batch", () => {
    const { buffer } = bufferOf({ maxAgeMs: 100 });
    buffer.add("first", 1_000);
    buffer.add("later", 1_099);
    expect(buffer.nextReadyAt()).toBe(1_100);
    expect(buffer.lease(1_099)).toBeUndefined();
    expect(itemsOf(buffer.lease(1_100))).toEqual(["first", "later"]);
  });

  it("lets a batch that is old enough grow on while others are ready before it", () => {
    const { buffer } = bufferOf({ maxItems: 2, maxAgeMs: 10 });
    addAll(buffer, ["a1", "a2", "b1"]);
    expect(itemsOf(buffer.lease(20))).toEqual(["a1", "a2"]);
    buffer.add("b2", 20);
    expect(itemsOf(buffer.lease(20))).toEqual(["b1", "b2"]);
  });

  it("hands out whatever is there when maxAgeMs is 0", () => {
    const { buffer } = bufferOf({ maxAgeMs: 0 });
    buffer.add("a", 5);
    expect(buffer.nextReadyAt()).toBe(5);
    expect(itemsOf(buffer.lease(5))).toEqual(["a"]);
  });

  it("cuts what is there on flush, and nothing when nothing is there", () => {
    const { buffer } = bufferOf({ maxAgeMs: Infinity });
    buffer.flush(0);
    expect(buffer.lease(0)).toBeUndefined();
    buffer.add("a", 1);
    expect(buffer.nextReadyAt()).toBeUndefined();
    buffer.flush(2);
    expect(buffer.nextReadyAt()).toBe(2);
    expect(itemsOf(buffer.lease(2))).toEqual(["a"]);
  });

  it("accepts every falsy item as an item", () => {
    const falsy = [undefined, null, 0, -0, "", false, Number.NaN, 0n];
    const { buffer } = bufferOf({ maxItems: falsy.length });
    addAll(buffer, falsy);
    expect(itemsOf(buffer.lease(0))).toEqual(falsy);
  });

  it("tells whether an item would join the growing batch", () => {
    const { buffer } = bufferOf({ maxSize: 10 });
    expect(buffer.joinsGrowing(1)).toBe(false);
    buffer.add("a", 0, 6);
    expect([buffer.joinsGrowing(4), buffer.joinsGrowing(5)]).toEqual([true, false]);
  });

  it("tells which batch grows, which is the newest and which is the oldest unsettled one", () => {
    const { buffer } = bufferOf({ maxItems: 2 });
    expect([buffer.growingId, buffer.newestId, buffer.oldestId]).toEqual([undefined, 0, undefined]);
    addAll(buffer, [1, 2, 3]);
    expect([buffer.growingId, buffer.newestId, buffer.oldestId]).toEqual([2, 2, 1]);
    mustLease(buffer, 0).ack();
    expect([buffer.growingId, buffer.newestId, buffer.oldestId]).toEqual([2, 2, 2]);
  });
});

describe("leasing", () => {
  it("keeps at most maxLeases out", () => {
    const { buffer } = bufferOf({ maxItems: 1, maxLeases: 2 });
    addAll(buffer, [1, 2, 3]);
    const first = mustLease(buffer, 0);
    mustLease(buffer, 0);
    expect(buffer.lease(0)).toBeUndefined();
    first.ack();
    expect(itemsOf(buffer.lease(0))).toEqual([3]);
  });

  it("tries a failed batch again after the policy's delay, with its meta and a higher attempt", () => {
    const { buffer } = bufferOf({ maxItems: 1, retry: fixedDelay({ delayMs: 50 }) });
    buffer.add("a", 0);
    const first = mustLease(buffer, 10);
    expect(first.batch.attempt).toBe(1);
    first.batch.meta = { tried: "server 1" };
    expect(first.nack(20, new Error("no"))).toBe(70);
    expect(buffer.nextReadyAt()).toBe(70);
    expect(buffer.lease(69)).toBeUndefined();
    const second = mustLease(buffer, 70);
    expect(second.batch).toMatchObject({ id: 1, items: ["a"], attempt: 2, meta: { tried: "server 1" } });
  });

  it("takes a delay of its own in place of the policy's, but asks the policy whether to go on", () => {
    const { buffer, drops } = bufferOf({ maxItems: 1, retry: fixedDelay({ delayMs: 50, maxRetries: 1 }) });
    buffer.add("a", 0);
    expect(mustLease(buffer, 0).nack(0, "busy", 7)).toBe(7);
    expect(mustLease(buffer, 7).nack(7, "busy", 7)).toBeUndefined();
    expect(drops).toEqual([{ items: ["a"], reason: "retries-exhausted", error: "busy", attempts: 2, batchId: 1 }]);
  });

  it("hands out what has been ready longest, a retry included", () => {
    const { buffer } = bufferOf({ maxItems: 1, retry: fixedDelay({ delayMs: 10 }) });
    buffer.add("a", 0);
    mustLease(buffer, 0).nack(0);
    buffer.add("b", 5);
    buffer.add("c", 11);
    expect([buffer.lease(20), buffer.lease(20), buffer.lease(20)].map(itemsOf)).toEqual([["b"], ["a"], ["c"]]);
  });

  it("leases everything that waits, oldest first, whatever its time", () => {
    const { buffer } = bufferOf({ maxItems: 1, maxLeases: 1, retry: fixedDelay({ delayMs: 1_000 }) });
    addAll(buffer, ["a", "b", "c"]);
    mustLease(buffer, 0).nack(0);
    expect(buffer.leaseAll(0).map(itemsOf)).toEqual([["a"], ["b"], ["c"]]);
    expect(buffer.stats()).toMatchObject({ batches: 0, leases: 3 });
  });

  it("refuses to end a lease twice, in every combination", () => {
    const ends = ["ack", "nack", "drop"] as const;
    for (const first of ends) {
      for (const second of ends) {
        const { buffer } = bufferOf({ maxItems: 1 });
        buffer.add("a", 0);
        const lease = mustLease(buffer, 0);
        const end = { ack: () => lease.ack(), nack: () => lease.nack(0), drop: () => lease.drop("rejected") };
        end[first]();
        expect(end[second]).toThrow(`the lease of batch 1 must still be out, got one ended by ${first}`);
        expect(buffer.stats().leases).toBe(0);
      }
    }
  });

  it("leaves the lease out when the retry policy answers nonsense, so that it can still be ended", () => {
    for (const delay of [Number.NaN, -1, Infinity, "soon" as never, null as never, Promise.resolve(5) as never]) {
      const { buffer } = bufferOf({ maxItems: 1, retry: { nextDelayMs: () => delay } });
      buffer.add("a", 0);
      const lease = mustLease(buffer, 0);
      expect(() => lease.nack(0)).toThrow("the delay must be a finite number >= 0 (nextDelayMs()), got ");
      expect(() => lease.nack(0, "why", 5)).toThrow("the delay must be a finite number >= 0 (nextDelayMs()), got ");
      expect(buffer.stats().leases).toBe(1);
      lease.drop("rejected");
      expect(buffer.stats().empty).toBe(true);
    }
  });
});

describe("a lease that is ended with the wrong words", () => {
  const leaseA = (): TestBuffer & { lease: Lease<unknown> } => {
    const { buffer, drops } = bufferOf({ maxItems: 1, retry: fixedDelay({ delayMs: 10 }) });
    buffer.add("a", 0);
    return { buffer, drops, lease: mustLease(buffer, 0) };
  };

  it.each([new Error("x") as never, Number.NaN, Infinity, undefined as never, null as never])(
    "is still out after a nack at the time %s",
    (now) => {
      const { buffer, lease } = leaseA();
      expect(() => lease.nack(now)).toThrow(TypeError);
      expect(() => lease.nack(now)).toThrow("now must be a finite number of milliseconds, got ");
      expect(buffer.stats()).toMatchObject({ leases: 1, leased: { items: 1 } });
      expect(buffer.nextReadyAt()).toBeUndefined();
      expect(lease.nack(5)).toBe(15);
    },
  );

  it("is still out after a nack with no delay at all", () => {
    const { lease } = leaseA();
    expect(() => lease.nack(0, "why", null as never)).toThrow(
      "the delay must be a finite number >= 0 (delayMs), got null",
    );
    expect(lease.nack(5)).toBe(15);
  });

  it.each([undefined as never, "boredom" as never, new Error("x") as never, null as never])(
    "is still out after a drop for the reason %s",
    (reason) => {
      const { buffer, drops, lease } = leaseA();
      expect(() => lease.drop(reason)).toThrow(TypeError);
      expect(() => lease.drop(reason)).toThrow('Cannot drop: reason must be "overflow" or "rejected" or ');
      expect([buffer.stats().leases, drops]).toEqual([1, []]);
      lease.ack();
    },
  );

  it("says that it has ended before it says what is wrong with the words", () => {
    const { lease } = leaseA();
    lease.ack();
    expect(() => lease.nack(Number.NaN)).toThrow("must still be out, got one ended by ack");
    expect(() => lease.drop("boredom" as never)).toThrow("must still be out, got one ended by ack");
  });
});

describe("partial success", () => {
  it("tries only the items that were kept again, with their sizes, and counts the others as delivered", () => {
    const { buffer } = bufferOf({ maxItems: 4, retry: fixedDelay({ delayMs: 1 }) });
    range(4).forEach((item) => buffer.add(item, 0, item * 10));
    const lease = mustLease(buffer, 0);
    lease.batch.keep((item) => Number(item) % 2 === 1);
    expect(lease.batch.items).toEqual([1, 3]);
    expect(lease.batch.sizes).toEqual([10, 30]);
    expect(buffer.stats()).toMatchObject({ leased: { items: 2, size: 40 }, delivered: { items: 2, size: 20 } });
    lease.nack(0);
    expect(mustLease(buffer, 1).batch).toMatchObject({ items: [1, 3], sizes: [10, 30] });
  });

  it("never grows a batch, and never changes an array that was handed out", () => {
    const { buffer } = bufferOf({ maxItems: 3 });
    addAll(buffer, [1, 2, 3]);
    const { batch } = mustLease(buffer, 0);
    const before = batch.items;
    batch.keep((item) => item !== 2);
    batch.keep(() => true);
    expect(before).toEqual([1, 2, 3]);
    expect(batch.items).toEqual([1, 3]);
  });

  it("treats a nack of a batch that was shrunk to nothing as an ack", () => {
    const { buffer, drops } = bufferOf({ maxItems: 2 });
    addAll(buffer, [1, 2]);
    const lease = mustLease(buffer, 0);
    lease.batch.keep(() => false);
    expect(buffer.stats()).toMatchObject({ empty: false, leases: 1 });
    expect(lease.nack(0, new Error("late"))).toBeUndefined();
    expect(buffer.stats()).toMatchObject({ empty: true, delivered: { items: 2 } });
    expect(drops).toEqual([]);
  });

  it("lets nobody change the items in another way", () => {
    const { buffer } = bufferOf({ maxItems: 2, retry: fixedDelay({ delayMs: 0 }) });
    buffer.add("a", 0, 1);
    buffer.add("b", 0, 1);
    const { batch } = mustLease(buffer, 0);
    expect(() => (batch.items as unknown[]).pop()).toThrow(TypeError);
    expect(() => (batch.sizes as number[]).push(1)).toThrow(TypeError);
    batch.keep((item) => item === "b");
    expect(() => (batch.items as unknown[]).pop()).toThrow(TypeError);
  });

  it("changes nothing when the predicate throws", () => {
    const { buffer } = bufferOf({ maxItems: 2 });
    addAll(buffer, [1, 2]);
    const { batch } = mustLease(buffer, 0);
    const keepOne = () =>
      batch.keep((item) => {
        if (item === 2) throw new Error("predicate");
        return false;
      });
    expect(keepOne).toThrow("predicate");
    expect(batch.items).toEqual([1, 2]);
    expect(buffer.stats().delivered.items).toBe(0);
  });

  it("ignores no late keep in silence: once the lease has ended, it throws", () => {
    const { buffer } = bufferOf({ maxItems: 2, retry: fixedDelay({ delayMs: 0 }) });
    addAll(buffer, [1, 2]);
    const first = mustLease(buffer, 0);
    first.nack(0);
    const second = mustLease(buffer, 0);
    expect(() => first.batch.keep(() => false)).toThrow("Cannot keep items: the lease of batch 1 must still be out");
    expect(second.batch.items).toEqual([1, 2]);
  });
});

describe("rejecting items", () => {
  it("gives them up at once, with the error, and goes on with the others", () => {
    const { buffer, drops } = bufferOf({ maxItems: 4, retry: fixedDelay({ delayMs: 1 }) });
    range(4).forEach((item) => buffer.add(item, 0, item * 10));
    const lease = mustLease(buffer, 0);
    lease.batch.reject((item) => item === 2, "poison");
    lease.batch.reject(() => false, "nothing");
    expect(drops).toEqual([{ items: [2], reason: "rejected", error: "poison", attempts: 1, batchId: 1 }]);
    expect(lease.batch).toMatchObject({ items: [0, 1, 3], sizes: [0, 10, 30] });
    expect(buffer.stats()).toMatchObject({ leased: { items: 3, size: 40 }, dropped: { items: 1, size: 20 } });
    lease.nack(0);
    expect(mustLease(buffer, 1).batch.items).toEqual([0, 1, 3]);
  });

  it("tells their receipts, and refuses once the lease has ended", () => {
    const told: string[] = [];
    const { buffer } = bufferOf({ maxItems: 1 });
    buffer.add("a", 0, undefined, { delivered: () => told.push("delivered"), dropped: () => told.push("dropped") });
    const lease = mustLease(buffer, 0);
    lease.batch.reject(() => true);
    expect(told).toEqual(["dropped"]);
    lease.ack();
    expect(told).toEqual(["dropped"]);
    expect(() => lease.batch.reject(() => true)).toThrow("Cannot reject items: the lease of batch 1 must still be out");
  });
});

describe("dropping", () => {
  it("reports the items when the retry policy stops", () => {
    const error = new Error("no");
    const { buffer, drops } = bufferOf({ maxItems: 2, retry: noRetry() });
    addAll(buffer, ["a", "b"]);
    expect(mustLease(buffer, 0).nack(0, error)).toBeUndefined();
    expect(drops).toEqual([{ items: ["a", "b"], reason: "retries-exhausted", error, attempts: 1, batchId: 1 }]);
    expect(buffer.stats()).toMatchObject({ empty: true, dropped: { items: 2 } });
  });

  it("reports what the holder of a lease gives up, with the reason given", () => {
    const { buffer, drops } = bufferOf({ maxItems: 1 });
    buffer.add("a", 0);
    mustLease(buffer, 0).drop("expired");
    expect(drops).toEqual([{ items: ["a"], reason: "expired", attempts: 1, batchId: 1 }]);
  });

  it("drops everything that waits, oldest first, and nothing that is leased", () => {
    const { buffer, drops } = bufferOf({ maxItems: 1, maxLeases: 2, retry: fixedDelay({ delayMs: 1_000 }) });
    addAll(buffer, ["leased", "backs off", "ready"]);
    const leased = mustLease(buffer, 0);
    mustLease(buffer, 0).nack(0);
    buffer.addSynthetic(0);
    buffer.dropAll("aborted", "called off");
    expect(drops).toEqual([
      { items: ["backs off"], reason: "aborted", error: "called off", attempts: 1, batchId: 2 },
      { items: ["ready"], reason: "aborted", error: "called off", attempts: 0, batchId: 3 },
    ]);
    expect(buffer.stats()).toMatchObject({ batches: 0, leases: 1, dropped: { items: 2 } });
    expect(buffer.nextReadyAt()).toBeUndefined();
    expect(buffer.addSynthetic(0)).toBe(true);
    leased.ack();
  });

  it("drops nothing without a reason", () => {
    const { buffer, drops } = bufferOf();
    buffer.add("a", 0);
    expect(() => buffer.dropAll(undefined as never)).toThrow(TypeError);
    expect(() => buffer.dropAll("boredom" as never)).toThrow('Cannot drop all: reason must be "overflow" or ');
    expect([buffer.stats().unleased.items, drops]).toEqual([1, []]);
  });

  it("drops the growing batch with everything else", () => {
    const { buffer, drops } = bufferOf();
    buffer.add("a", 0);
    buffer.dropAll("aborted");
    expect(drops).toEqual([{ items: ["a"], reason: "aborted", attempts: 0, batchId: 1 }]);
    expect(buffer.stats().empty).toBe(true);
  });

  it("completes the operation before a throwing onDrop is heard, and reports all drops", () => {
    const heard: unknown[] = [];
    const buffer = new BatchBuffer<number>({
      maxItems: 1,
      overflow: dropOldestBatch({ maxSize: 3 }),
      onDrop: ({ items }) => {
        heard.push(...items);
        throw new Error(`hook ${items.join()}`);
      },
    });
    for (const item of [1, 2, 3]) buffer.add(item, 0, 1);
    expect(() => buffer.add(4, 0, 2)).toThrow("hook 1");
    expect(heard).toEqual([1, 2]);
    expect(buffer.stats()).toMatchObject({ unleased: { items: 2, size: 3 }, dropped: { items: 2, size: 2 } });
  });

  it("tells each receipt how its item ended, once", () => {
    const told: string[] = [];
    const receipt = (name: string) => ({
      delivered: () => told.push(`${name} delivered`),
      dropped: ({ reason }: Drop<unknown>) => told.push(`${name} ${reason}`),
    });
    const { buffer } = bufferOf({ maxItems: 3, retry: noRetry(), overflow: dropNewest({ maxItems: 4 }) });
    buffer.add("a", 0, undefined, receipt("a"));
    buffer.add("b", 0);
    buffer.add("c", 0, undefined, receipt("c"));
    buffer.add("d", 0, undefined, receipt("d"));
    buffer.add("e", 0, undefined, receipt("e"));
    expect(told).toEqual(["e overflow"]);
    const lease = mustLease(buffer, 0);
    lease.batch.keep((item) => item === "c");
    expect(told).toEqual(["e overflow", "a delivered"]);
    lease.nack(0);
    buffer.flush(0);
    mustLease(buffer, 0).ack();
    expect(told).toEqual(["e overflow", "a delivered", "c retries-exhausted", "d delivered"]);
  });
});

describe("sizes", () => {
  it("refuses an item larger than a batch, before any change", () => {
    const { buffer, drops } = bufferOf({ maxSize: 10, overflow: dropOldestBatch({ maxSize: 20 }) });
    buffer.add("a", 0, 9);
    expect(() => buffer.add("b", 0, 11)).toThrow(ItemTooLargeError);
    expect(() => buffer.add("b", 0, Infinity)).toThrow(ItemTooLargeError);
    expect(drops).toEqual([]);
    expect(buffer.stats().unleased).toEqual({ items: 1, size: 9 });
  });

  it("refuses an item that could never fit the overflow limits, which would wait for ever", () => {
    const { buffer } = bufferOf({ overflow: blockNewItems({ maxSize: 5 }) });
    expect(() => buffer.add("a", 0, 6)).toThrow(new ItemTooLargeError(6, 5));
  });

  it("refuses an item without a positive size when batches are limited by size", () => {
    const { buffer } = bufferOf({ maxSize: 10 });
    expect(() => buffer.add("a", 0, 0)).toThrow(ItemTooSmallError);
    expect(() => buffer.add("a", 0, -1)).toThrow(ItemTooSmallError);
    expect(() => buffer.add("a", 0)).toThrow("its size must be a number, got undefined");
    expect(buffer.stats().empty).toBe(true);
  });

  it("takes sizes of zero or none otherwise, and refuses negative ones and what is no number", () => {
    const { buffer } = bufferOf({ maxItems: 3 });
    buffer.add("a", 0);
    buffer.add("b", 0, 0);
    buffer.add("c", 0, 2.5);
    expect(() => buffer.add("d", 0, -0.1)).toThrow(ItemTooSmallError);
    expect(() => buffer.add("d", 0, Number.NaN)).toThrow(TypeError);
    expect(() => buffer.add("d", 0, "3" as never)).toThrow('its size must be a number, got "3"');
    expect(mustLease(buffer, 0).batch.sizes).toEqual([0, 0, 2.5]);
  });

  it("shows no sizes when no item has one", () => {
    const { buffer } = bufferOf({ maxItems: 1 });
    buffer.add("a", 0);
    expect("sizes" in mustLease(buffer, 0).batch).toBe(false);
  });

  it("leaves no rounding error behind in an empty buffer", () => {
    const { buffer } = bufferOf({ maxItems: 3 });
    for (const size of [0.1, 0.2, 0.3]) buffer.add("x", 0, size);
    mustLease(buffer, 0).ack();
    expect(buffer.stats().total).toEqual({ items: 0, size: 0 });
  });
});

describe("overflow", () => {
  it("blocks by default at 1,000 items, or at maxItems when that is more", () => {
    const byDefault = bufferOf().buffer;
    addAll(byDefault, range(1_000));
    expect(byDefault.canAdd()).toBe(false);
    expect(byDefault.add(1_000, 0)).toBe(false);
    const large = bufferOf({ maxItems: 5_000 }).buffer;
    addAll(large, range(5_000));
    expect(large.add(5_000, 0)).toBe(false);
  });

  it("blocks by default at five times maxSize when batches are limited by size alone", () => {
    const { buffer } = bufferOf({ maxItems: Infinity, maxSize: 10 });
    for (const item of range(5)) expect(buffer.add(item, 0, 10)).toBe(true);
    expect(buffer.add("more", 0, 1)).toBe(false);
  });

  it("blocks by default at 1,000 items even when nothing limits the batches", () => {
    const { buffer } = bufferOf({ maxItems: Infinity });
    addAll(buffer, range(1_000));
    expect(buffer.add("more", 0)).toBe(false);
  });

  it("counts leased items as live, and makes room when a lease ends", () => {
    const { buffer } = bufferOf({ maxItems: 2, overflow: blockNewItems({ maxItems: 2 }) });
    addAll(buffer, [1, 2]);
    const lease = mustLease(buffer, 0);
    expect(buffer.add(3, 0)).toBe(false);
    lease.ack();
    expect(buffer.add(3, 0)).toBe(true);
  });

  it("never exceeds a size limit when it blocks, not even by one item", () => {
    const { buffer } = bufferOf({ overflow: blockNewItems({ maxSize: 10 }) });
    expect(buffer.add("a", 0, 9)).toBe(true);
    expect(buffer.add("b", 0, 2)).toBe(false);
    expect(buffer.add("b", 0, 1)).toBe(true);
    expect(buffer.canAdd()).toBe(false);
  });

  it("drops as many of the oldest batches as the newcomer needs", () => {
    const { buffer, drops } = bufferOf({ maxItems: 1, overflow: dropOldestBatch({ maxSize: 1_000 }) });
    for (const item of range(100)) buffer.add(item, 0, 10);
    buffer.add("large", 0, 900);
    expect(drops).toHaveLength(90);
    expect(buffer.stats().unleased).toEqual({ items: 11, size: 1_000 });
  });

  it("drops a hundred thousand batches for one newcomer without running out of stack", () => {
    const { buffer, drops } = bufferOf({ maxItems: 1, overflow: dropOldestBatch({ maxSize: 100_000 }) });
    for (const item of range(100_000)) buffer.add(item, 0, 1);
    buffer.add("large", 0, 100_000);
    expect(drops).toHaveLength(100_000);
  });

  it("replaces the growing batch when that is the oldest: the latest value wins", () => {
    const { buffer, drops } = bufferOf({ overflow: dropOldestBatch({ maxItems: 1 }) });
    addAll(buffer, ["v1", "v2", "v3"]);
    buffer.flush(0);
    expect(itemsOf(buffer.lease(0))).toEqual(["v3"]);
    expect(drops.map(({ items }) => items)).toEqual([["v1"], ["v2"]]);
  });

  it("sends the latest value in time however often it is replaced", () => {
    const { buffer } = bufferOf({ maxAgeMs: 100, overflow: dropOldestBatch({ maxItems: 1 }) });
    for (const time of range(100)) buffer.add(`at ${time}`, time);
    expect(buffer.nextReadyAt()).toBe(100);
    expect(itemsOf(mustLease(buffer, 100))).toEqual(["at 99"]);
    buffer.add("next", 150);
    expect(buffer.nextReadyAt()).toBe(250);
  });

  it("leaves room for as many items as are passed over in flight", () => {
    const { buffer, drops } = bufferOf({ maxItems: 1, maxLeases: 10, overflow: dropOldestBatch({ maxItems: 10 }) });
    addAll(buffer, range(10));
    const leases = range(10).map(() => mustLease(buffer, 0));
    addAll(buffer, range(10, 10));
    expect(drops).toEqual([]);
    expect(buffer.stats()).toMatchObject({
      unleased: { items: 10 },
      leased: { items: 0 },
      droppedLeased: { items: 10 },
    });
    leases.forEach((lease) => lease.ack());
    expect(buffer.stats()).toMatchObject({ droppedLeased: { items: 0 }, delivered: { items: 10 } });
  });

  it("decides over a leased batch that was passed over when its lease ends: ack delivers it", () => {
    const { buffer, drops } = bufferOf({ maxItems: 1, overflow: dropOldestBatch({ maxItems: 1 }) });
    buffer.add("a", 0);
    const lease = mustLease(buffer, 0);
    buffer.add("b", 0);
    expect(drops).toEqual([]);
    lease.ack();
    expect(drops).toEqual([]);
    expect(buffer.stats().delivered.items).toBe(1);
  });

  it("drops a passed-over batch once when its attempt fails, without another try", () => {
    const error = new Error("no");
    const { buffer, drops } = bufferOf({ maxItems: 1, overflow: dropOldestBatch({ maxItems: 1 }) });
    buffer.add("a", 0);
    const lease = mustLease(buffer, 0);
    buffer.add("b", 0);
    expect(lease.nack(0, error)).toBeUndefined();
    expect(drops).toEqual([{ items: ["a"], reason: "overflow", error, attempts: 1, batchId: 1 }]);
  });

  it("still counts a passed-over batch as the oldest unsettled one", () => {
    const { buffer } = bufferOf({ maxItems: 1, overflow: dropOldestBatch({ maxItems: 1 }) });
    buffer.add("a", 0);
    const lease = mustLease(buffer, 0);
    buffer.add("b", 0);
    expect(buffer.oldestId).toBe(1);
    lease.ack();
    expect(buffer.oldestId).toBe(2);
  });

  it("drops a batch that backs off when it is the oldest", () => {
    const { buffer, drops } = bufferOf({
      maxItems: 1,
      retry: fixedDelay({ delayMs: 1_000 }),
      overflow: dropOldestBatch({ maxItems: 3 }),
    });
    addAll(buffer, ["a", "b", "c"]);
    mustLease(buffer, 0).nack(0);
    buffer.add("d", 1);
    expect(drops.map(({ items, attempts }) => [items, attempts])).toEqual([[["a"], 1]]);
    expect(buffer.nextReadyAt()).toBe(0);
  });

  it("accepts the newcomer and drops it at once with dropNewest", () => {
    const { buffer, drops } = bufferOf({ overflow: dropNewest({ maxItems: 1 }) });
    addAll(buffer, ["a", "b"]);
    expect(buffer.canAdd()).toBe(true);
    expect(drops).toEqual([{ items: ["b"], reason: "overflow", attempts: 0 }]);
    expect(buffer.stats()).toMatchObject({ unleased: { items: 1 }, dropped: { items: 1 } });
  });

  it("never refuses when it is unbounded", () => {
    const { buffer } = bufferOf({ overflow: unbounded() });
    addAll(buffer, range(100_000));
    expect(buffer.canAdd()).toBe(true);
  });

  it("serves any number of buffers with one policy, each with limits of its own", () => {
    const overflow = blockNewItems();
    const sized = new BatchBuffer({ maxItems: Infinity, maxSize: 1_000, overflow });
    sized.add("a", 0, 1_000);
    const counted = new BatchBuffer({ overflow });
    range(1_000).forEach((item) => counted.add(item, 0));
    expect(counted.canAdd()).toBe(false);
    expect(sized.canAdd()).toBe(true);
  });

  it("refuses a newcomer for which a policy of one's own finds no room though nothing is left to drop", () => {
    const never = { resolve: () => never, decide: () => "drop-oldest" as const };
    const { buffer, drops } = bufferOf({ overflow: never });
    expect(buffer.add("a", 0)).toBe(false);
    expect(drops).toEqual([]);
  });
});

describe("fifo order", () => {
  const fifo = { order: "fifo", maxItems: 1, retry: fixedDelay({ delayMs: 3_600_000 }) } as const;

  it("waits for the head's backoff, whatever has become ready behind it", () => {
    const { buffer } = bufferOf({ ...fifo, maxItems: 2, maxAgeMs: 1_000 });
    addAll(buffer, ["a1", "a2"]);
    mustLease(buffer, 0).nack(0);
    buffer.add("b1", 1);
    expect(buffer.lease(2_000)).toBeUndefined();
    expect(buffer.nextReadyAt()).toBe(3_600_000);
    expect(itemsOf(mustLease(buffer, 3_600_000))).toEqual(["a1", "a2"]);
  });

  it("takes one lease by default and refuses more", () => {
    const { buffer } = bufferOf(fifo);
    addAll(buffer, ["a", "b"]);
    const lease = mustLease(buffer, 0);
    expect(buffer.lease(0)).toBeUndefined();
    lease.ack();
    expect(itemsOf(buffer.lease(0))).toEqual(["b"]);
    expect(() => bufferOf({ order: "fifo", maxLeases: 2 })).toThrow('maxLeases must be 1 with order "fifo", got 2');
  });

  it("leases all in order for calling it off, and drops the oldest first", () => {
    const { buffer, drops } = bufferOf({ ...fifo, overflow: dropOldestBatch({ maxItems: 2 }) });
    addAll(buffer, ["a", "b"]);
    mustLease(buffer, 0).nack(0);
    buffer.add("c", 0);
    expect(drops.map(({ items }) => items)).toEqual([["a"]]);
    expect(buffer.leaseAll(0).map(itemsOf)).toEqual([["b"], ["c"]]);
  });
});

describe("synthetic batches", () => {
  it("carry no item and are ready at once", () => {
    const { buffer } = bufferOf();
    expect(buffer.addSynthetic(5)).toBe(true);
    expect(buffer.nextReadyAt()).toBe(5);
    const lease = mustLease(buffer, 5);
    expect(lease.batch).toMatchObject({ items: [], synthetic: true, attempt: 1 });
    expect(buffer.stats()).toMatchObject({ empty: false, leases: 1, total: { items: 0 } });
    lease.ack();
    expect(buffer.stats().empty).toBe(true);
  });

  it("wait one at a time, and only while there is room", () => {
    const { buffer } = bufferOf({ overflow: blockNewItems({ maxItems: 1 }) });
    expect([buffer.addSynthetic(0), buffer.addSynthetic(0)]).toEqual([true, false]);
    mustLease(buffer, 0).ack();
    expect(buffer.addSynthetic(0)).toBe(true);
    mustLease(buffer, 0).ack();
    buffer.add("a", 0);
    expect(buffer.addSynthetic(0)).toBe(false);
  });

  it("are not tried again after a failure, and are nobody's loss", () => {
    const { buffer, drops } = bufferOf();
    buffer.addSynthetic(0);
    expect(mustLease(buffer, 0).nack(0, new Error("no"))).toBeUndefined();
    expect(drops).toEqual([]);
    expect(buffer.stats().empty).toBe(true);
  });

  it("can be passed over like any other, without a report", () => {
    const { buffer, drops } = bufferOf({ maxItems: 1, overflow: dropOldestBatch({ maxItems: 1 }) });
    buffer.addSynthetic(0);
    addAll(buffer, ["a", "b"]);
    expect(drops.map(({ items }) => items)).toEqual([["a"]]);
    expect(buffer.addSynthetic(0)).toBe(true);
  });
});

describe("the clock", () => {
  it("may step back without hiding a batch that is full", () => {
    const { buffer } = bufferOf({ maxItems: 1 });
    buffer.add("a", 1_000_000);
    buffer.add("b", 5);
    expect([buffer.lease(5), buffer.lease(5)].map(itemsOf)).toEqual([["a"], ["b"]]);
  });

  it.each([Number.NaN, Infinity, -Infinity, "0" as never])("refuses %s as a time, before any change", (now) => {
    const { buffer } = bufferOf();
    expect(() => buffer.add("a", now)).toThrow("now must be a finite number of milliseconds");
    expect(() => buffer.lease(now)).toThrow(TypeError);
    expect(() => buffer.flush(now)).toThrow(TypeError);
    expect(() => buffer.addSynthetic(now)).toThrow(TypeError);
    expect(buffer.stats()).toMatchObject({ empty: true, total: { items: 0 } });
  });
});
