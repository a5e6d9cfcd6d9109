import { describe, expect, it } from "vitest";
import { BatchRecord } from "./batch-record.ts";
import { FifoOrder } from "./fifo-order.ts";

/** An order of batches 1, 2, ... that were cut at the given times. */
function orderOf(...cutAt: number[]) {
  const order = new FifoOrder<never>();
  for (const [index, readyAt] of cutAt.entries()) {
    const record = new BatchRecord<never>(index + 1, 0, false);
    record.readyAt = readyAt;
    order.add(record);
  }
  return order;
}

/** Fails the head, which is ready again at `readyAt`. */
function failHead(order: FifoOrder<never>, readyAt: number): void {
  const head = order.take(0) as BatchRecord<never>;
  head.attempts = 1;
  head.readyAt = readyAt;
  order.retry(head);
}

describe("FifoOrder", () => {
  it("hands batches out in the order in which they were cut", () => {
    const order = orderOf(0, 0, 0);
    expect(order.size).toBe(3);
    expect([order.take(0), order.take(0), order.take(0), order.take(0)].map((each) => each?.id)).toEqual([
      1,
      2,
      3,
      undefined,
    ]);
  });

  it("lets nobody pass the head while it backs off", () => {
    const order = orderOf(0, 0);
    failHead(order, 100);
    expect(order.take(99)).toBeUndefined();
    expect([order.take(100)?.id, order.take(100)?.id]).toEqual([1, 2]);
  });

  it("hands out what was never tried even when the clock stepped back", () => {
    expect(orderOf(1_000).take(10)?.id).toBe(1);
  });

  it("is ready when its head is, and when the growing batch is if there is no other", () => {
    const order = orderOf(0, 0);
    expect(orderOf().nextReadyAt(50)).toBe(50);
    failHead(order, 100);
    expect(order.nextReadyAt(50)).toBe(100);
  });

  it("gives up its oldest batch, or all of them, ready or not", () => {
    const order = orderOf(0, 0, 0);
    failHead(order, 100);
    order.removeOldest();
    expect(order.takeAll().map(({ id }) => id)).toEqual([2, 3]);
    expect([order.size, order.take(1_000)]).toEqual([0, undefined]);
  });
});
