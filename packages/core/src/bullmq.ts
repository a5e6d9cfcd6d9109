/**
 * Background jobs that survive a crash: everything that `@disp/background/bullmq` exports.
 *
 * @packageDocumentation
 * @module @disp/core/bullmq
 */
export * from "@disp/background/bullmq";
