/**
 * The whole family in one install, and the {@link Dispatcher} that composes it: a super-charged buffered channel
 * connected to a parallel work dispatcher.
 *
 * @packageDocumentation
 * @module @disp/core
 */
export * from "@disp/background";
export * from "@disp/batch-processor";
export * from "@disp/buffer";
export * from "@disp/ratelimit";
export * from "@disp/redis";
export * from "@disp/retry";
export * from "@disp/sync-queue";
export * from "@disp/worker-pool";
export type { Acknowledgeable, Rejection } from "./lib/acknowledgeable.ts";
export type { Source } from "./lib/consume.ts";
export { Dispatcher } from "./lib/dispatcher.ts";
export { DispatcherClosedError, ItemDroppedError, SendTimeoutError } from "./lib/errors.ts";
export {
  type BatchOptions,
  DISPATCHER_DEFAULTS,
  type DispatcherOptions,
  type FailureDecision,
  type RetryAfter,
  type SendFailure,
} from "./lib/options.ts";
export type { SendContext } from "./lib/send-context.ts";
export type { DispatcherStats, DroppedItems, Summary } from "./lib/summary.ts";
export type { DrainOptions } from "./lib/drain-options.ts";
