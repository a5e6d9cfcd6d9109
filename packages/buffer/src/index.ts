/**
 * A batching buffer with leases: items go in one by one, come out as batches cut by count, size or age, and each batch
 * stays accounted for until it is delivered or dropped.
 *
 * It is pure: it takes the time as an argument and owns no timer and no promise. Choose it to build a dispatcher of
 * your own; choose `Dispatcher` of `@disp/core` when you want the finished one.
 *
 * @packageDocumentation
 * @module @disp/buffer
 */
export type { Batch } from "./lib/batch.ts";
export { BatchBuffer } from "./lib/batch-buffer.ts";
export type { Drop, DropReason } from "./lib/drop.ts";
export { ItemTooLargeError, ItemTooSmallError } from "./lib/errors.ts";
export type { Lease } from "./lib/lease.ts";
export { BATCH_BUFFER_DEFAULTS, type BatchBufferOptions } from "./lib/options.ts";
export {
  blockNewItems,
  dropNewest,
  dropOldestBatch,
  type OverflowLimits,
  unbounded,
} from "./lib/overflow-policies.ts";
export type { BatchLimits, OverflowDecision, OverflowPolicy } from "./lib/overflow-policy.ts";
export type { Receipt } from "./lib/receipt.ts";
export type { Amount, BufferStats } from "./lib/stats.ts";
