import { type AsyncLimiter, blockNewItems, Dispatcher, exponentialBackoff, type Limiter } from "@disp/core";
import type { EventRow } from "./events.ts";
import { type Insert, storeBatch } from "./store-batch.ts";

const MAX_ROWS = 1_000;
const MAX_BYTES = 2 ** 20;

/** Between the door, where rows come one by one, and the database, which likes them by the hundred. */
export function createDelivery(
  insert: Insert,
  parallelism: number,
  rateLimit: Limiter | AsyncLimiter,
): Dispatcher<EventRow> {
  return new Dispatcher<EventRow>({
    send: (batch, { signal }) => storeBatch(insert, batch, signal),
    // The age is what a lone event waits for company; under load batches are full long before.
    batch: { maxItems: MAX_ROWS, maxSize: MAX_BYTES, maxAgeMs: 10, sizeOf: (row) => row.bytes },
    maxConcurrency: parallelism,
    // One batch in each statement that runs, and one that fills up meanwhile.
    overflow: blockNewItems({ maxItems: MAX_ROWS * (parallelism + 1) }),
    rateLimit,
    retry: exponentialBackoff({ initialMs: 50, multiplier: 2, maxMs: 5_000, maxRetries: 8, jitter: "full" }),
    sendTimeoutMs: 30_000,
    // Nothing is lost in silence: whoever handed a row over with `deliver` is told, and answers its client.
    onDrop: () => undefined,
  });
}
