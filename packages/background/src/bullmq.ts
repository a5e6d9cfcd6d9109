/**
 * Jobs in the background that survive a crash and run on any machine, over BullMQ.
 *
 * @packageDocumentation
 * @module @disp/background/bullmq
 */
export { JobStalledError, LeaseLostError } from "./lib/bullmq-errors.ts";
export { BULLMQ_DEFAULTS, type BullMqProcessorOptions } from "./lib/bullmq-options.ts";
export { BullMqProcessor } from "./lib/bullmq-processor.ts";
export type { BullMqCounts } from "./lib/bullmq-queue.ts";
