/**
 * Many small operations on one keyed thing: one load, one save, and no two at a time.
 *
 * @packageDocumentation
 * @module @disp/batch-processor
 */
export { BatchProcessor } from "./lib/batch-processor.ts";
export { defaultLaneForKey } from "./lib/default-lane-for-key.ts";
export {
  BatchFailedError,
  type BatchPhase,
  BatchTimeoutError,
  KeyLockLostError,
  OperationCancelledError,
  ProcessorStoppedError,
} from "./lib/errors.ts";
export type { KeyLease, KeyLock } from "./lib/key-lock.ts";
export { MemoryKeyLock } from "./lib/memory-key-lock.ts";
export type { BatchMetric } from "./lib/metric.ts";
export { BATCH_PROCESSOR_DEFAULTS, type BatchProcessorOptions, type CallContext } from "./lib/options.ts";
export type { BatchProcessorStats } from "./lib/stats.ts";
export type { BatchStopOptions } from "./lib/stop-options.ts";
export { type Unchanged, unchanged } from "./lib/unchanged.ts";
