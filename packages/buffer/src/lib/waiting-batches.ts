import type { BatchRecord } from "./batch-record.ts";

/** Cut batches that wait for a lease. The order in which they come out is what its implementations differ in. */
export interface WaitingBatches<T> {
  readonly size: number;
  /** Takes in a batch that was just cut: it is ready. */
  add(record: BatchRecord<T>): void;
  /** Takes back a batch whose attempt failed: it is ready at its `readyAt`. */
  retry(record: BatchRecord<T>): void;
  /** The next batch that may be leased at `now`; it leaves. */
  take(now: number): BatchRecord<T> | undefined;
  /** Takes out the oldest batch of all, which is given up. */
  removeOldest(record: BatchRecord<T>): void;
  /** Takes out everything, ready or not, oldest first. */
  takeAll(): BatchRecord<T>[];
  /** When the next one is ready, given when the growing batch will be (Infinity = not by itself); Infinity = never. */
  nextReadyAt(growingReadyAt: number): number;
}
