import { Deque } from "@disp/sync-queue";
import { TimeHeap } from "@disp/heap";
import type { BatchRecord } from "./batch-record.ts";
import type { WaitingBatches } from "./waiting-batches.ts";

/**
 * Hands out whichever batch has been ready longest. Batches that never failed are ready in the order in which they were
 * cut, so a plain queue holds them at O(1) each however many wait; only those that back off need a heap.
 */
export class ReadyOrder<T> implements WaitingBatches<T> {
  readonly #fresh = new Deque<BatchRecord<T>>();
  readonly #backingOff = new TimeHeap<BatchRecord<T>>();

  get size(): number {
    return this.#fresh.size + this.#backingOff.size;
  }

  add(record: BatchRecord<T>): void {
    this.#fresh.pushBack(record);
  }

  retry(record: BatchRecord<T>): void {
    this.#backingOff.push(record);
  }

  take(now: number): BatchRecord<T> | undefined {
    const fresh = this.#fresh.peekFront();
    const tried = this.#backingOff.peek();
    const triedIsReady = tried !== undefined && tried.readyAt <= now;
    // A fresh batch is ready whatever the clock says, even one that stepped back since the cut.
    if (triedIsReady && (fresh === undefined || tried.readyAt <= fresh.readyAt)) return this.#backingOff.pop();
    return this.#fresh.popFront();
  }

  removeOldest(record: BatchRecord<T>): void {
    // The oldest of all is the oldest of its kind, so among the fresh ones it can only be at the front.
    if (record.heapIndex >= 0) this.#backingOff.remove(record);
    else this.#fresh.popFront();
  }

  takeAll(): BatchRecord<T>[] {
    return [...this.#fresh.clear(), ...this.#backingOff.clear()].sort((a, b) => a.id - b.id);
  }

  nextReadyAt(growingReadyAt: number): number {
    const fresh = this.#fresh.peekFront()?.readyAt ?? Infinity;
    const tried = this.#backingOff.peek()?.readyAt ?? Infinity;
    return Math.min(fresh, tried, growingReadyAt);
  }
}
