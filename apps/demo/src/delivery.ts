import {
  type AsyncLimiter,
  blockNewItems,
  Dispatcher,
  dropNewest,
  dropOldestBatch,
  exponentialBackoff,
  type Limiter,
  type OverflowPolicy,
} from "@disp/core";
import type { EventRow } from "./events.ts";
import { type Insert, storeBatch } from "./store-batch.ts";

const MAX_ROWS = 1_000;
const MAX_BYTES = 2 ** 20;

/** What becomes of a row that finds the buffer full: it waits, or it is dropped, or the oldest batch is. */
export const OVERFLOWS = ["block", "drop-oldest", "drop-newest"] as const;
export type Overflow = (typeof OVERFLOWS)[number];

export interface DeliveryOptions {
  readonly insert: Insert;
  /** How many statements may run at once. */
  readonly concurrency: number;
  readonly overflow: Overflow;
  readonly rateLimit: Limiter | AsyncLimiter;
  /** Told of the size of each batch that is sent for the first time. */
  readonly onBatch?: (rows: number) => void;
}

/** Between the door, where rows come one by one, and the database, which likes them by the hundred. */
export function createDelivery(options: DeliveryOptions): Dispatcher<EventRow> {
  const { insert, concurrency, overflow, rateLimit, onBatch } = options;
  return new Dispatcher<EventRow>({
    send: (batch, { signal }) => {
      if (batch.attempt === 1) onBatch?.(batch.items.length);
      return storeBatch(insert, batch, signal);
    },
    // The age is what a lone event waits for company; under load batches are full long before.
    batch: { maxItems: MAX_ROWS, maxSize: MAX_BYTES, maxAgeMs: 10, sizeOf: (row) => row.bytes },
    maxConcurrency: concurrency,
    overflow: overflowPolicy(overflow, capacityFor(concurrency)),
    rateLimit,
    // About 25 s on average: a database that is started again is back by then, and a client still waits for its answer.
    retry: exponentialBackoff({ initialMs: 50, multiplier: 2, maxMs: 2_000, maxRetries: 30, jitter: "full" }),
    sendTimeoutMs: 30_000,
    // Nothing is lost in silence: whoever handed a row over with `deliver` is told, and answers its client.
    onDrop: () => undefined,
  });
}

/** How many rows may be on their way: one batch in each statement that runs, and one that fills up meanwhile. */
export function capacityFor(concurrency: number): number {
  return MAX_ROWS * (concurrency + 1);
}

function overflowPolicy(overflow: Overflow, maxItems: number): OverflowPolicy {
  switch (overflow) {
    case "block":
      return blockNewItems({ maxItems });
    case "drop-oldest":
      return dropOldestBatch({ maxItems });
    case "drop-newest":
      return dropNewest({ maxItems });
  }
}
