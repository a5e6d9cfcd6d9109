/**
 * To come.
 *
 * @packageDocumentation
 * @module @disp/batch-processor/redis
 */
export {};
