/**
 * Real threads as the workers of a pool: everything that `@disp/worker-pool/threads` exports.
 *
 * @packageDocumentation
 * @module @disp/core/threads
 */
export * from "@disp/worker-pool/threads";
