import { describe, expect, it } from "vitest";
import { BatchRecord } from "./batch-record.ts";
import { ReadyOrder } from "./ready-order.ts";

/** An order of batches 1, 2, ... that were cut at the given times. */
function orderOf(...cutAt: number[]) {
  const order = new ReadyOrder<never>();
  const records = cutAt.map((readyAt, index) => {
    const record = new BatchRecord<never>(index + 1, 0, false);
    record.readyAt = readyAt;
    order.add(record);
    return record;
  });
  return { order, records, take: (now: number) => order.take(now)?.id };
}

/** Fails the next batch, which is ready again at `readyAt`. */
function failNext(order: ReadyOrder<never>, readyAt: number): void {
  const next = order.take(0) as BatchRecord<never>;
  next.attempts += 1;
  next.readyAt = readyAt;
  order.retry(next);
}

describe("ReadyOrder", () => {
  it("hands batches that never failed out in the order in which they were cut", () => {
    const { order, take } = orderOf(0, 0, 0);
    expect(order.size).toBe(3);
    expect([take(0), take(0), take(0), take(0)]).toEqual([1, 2, 3, undefined]);
  });

  it("lets others pass a batch that backs off, until it has been ready for longer than they have", () => {
    const { order, take } = orderOf(0, 10, 30);
    failNext(order, 20);
    expect([take(19), take(30), take(30), take(30)]).toEqual([2, 1, 3, undefined]);
  });

  it("prefers the one that was tried among equals", () => {
    const { order, take } = orderOf(0, 20);
    failNext(order, 20);
    expect([take(20), take(20)]).toEqual([1, 2]);
  });

  it("hands nothing out before its time, but for what was never tried when the clock stepped back", () => {
    const { order, take } = orderOf(0, 1_000);
    failNext(order, 100);
    expect([take(99), take(99), take(100)]).toEqual([2, undefined, 1]);
  });

  it("is ready when the first of them all is, the growing batch included", () => {
    const { order } = orderOf(5, 70);
    expect(order.nextReadyAt(Infinity)).toBe(5);
    failNext(order, 60);
    expect([order.nextReadyAt(Infinity), order.nextReadyAt(50)]).toEqual([60, 50]);
    expect(new ReadyOrder<never>().nextReadyAt(Infinity)).toBe(Infinity);
  });

  it("gives up the oldest batch, whether it backs off or not", () => {
    const { order, records } = orderOf(0, 0, 0);
    failNext(order, 100);
    for (const record of records.slice(0, 2)) order.removeOldest(record);
    expect([order.size, order.take(1_000)?.id]).toEqual([1, 3]);
  });

  it("gives up all of them, oldest first, ready or not", () => {
    const { order } = orderOf(0, 0, 0);
    failNext(order, 200);
    failNext(order, 100);
    expect(order.takeAll().map(({ id }) => id)).toEqual([1, 2, 3]);
    expect([order.size, order.take(1_000)]).toEqual([0, undefined]);
  });
});
