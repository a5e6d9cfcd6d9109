import { Deque } from "@disp/sync-queue";
import type { BatchRecord } from "./batch-record.ts";
import type { WaitingBatches } from "./waiting-batches.ts";

/** Hands out batches strictly in the order in which they were cut: while the head backs off, all wait behind it. */
export class FifoOrder<T> implements WaitingBatches<T> {
  readonly #line = new Deque<BatchRecord<T>>();

  get size(): number {
    return this.#line.size;
  }

  add(record: BatchRecord<T>): void {
    this.#line.pushBack(record);
  }

  /** A single lease is out in this order, so what comes back was the head and is the head again. */
  retry(record: BatchRecord<T>): void {
    this.#line.pushFront(record);
  }

  take(now: number): BatchRecord<T> | undefined {
    const head = this.#line.peekFront();
    if (head === undefined || !isReady(head, now)) return undefined;
    return this.#line.popFront();
  }

  removeOldest(): void {
    this.#line.popFront();
  }

  takeAll(): BatchRecord<T>[] {
    return this.#line.clear();
  }

  nextReadyAt(growingReadyAt: number): number {
    const head = this.#line.peekFront();
    return head === undefined ? growingReadyAt : head.readyAt;
  }
}

/** A batch that was never tried is ready whatever the clock says, even one that stepped back since the cut. */
function isReady<T>(record: BatchRecord<T>, now: number): boolean {
  return record.attempts === 0 || record.readyAt <= now;
}
