/**
 * Jobs in the background, each at most once per key and hold, here and wherever the store of the keys is shared.
 *
 * @packageDocumentation
 * @module @disp/background
 */
export { BackgroundProcessor } from "./lib/background-processor.ts";
export type { DedupStore, Hold } from "./lib/dedup-store.ts";
export { HoldReleaseError, JobAbandonedError } from "./lib/errors.ts";
export { MemoryDedupStore } from "./lib/memory-dedup-store.ts";
export { BACKGROUND_DEFAULTS, type BackgroundProcessorOptions, type JobFailure } from "./lib/options.ts";
export type { JobContext } from "./lib/job-context.ts";
export type { ScheduleOptions } from "./lib/schedule-call.ts";
export type { RefusalReason, ScheduleResult } from "./lib/schedule-result.ts";
export type { LeftoverJob, StopResult } from "./lib/shutdown.ts";
export type { BackgroundStats } from "./lib/stats.ts";
export type { BackgroundStopOptions } from "./lib/stop-options.ts";
