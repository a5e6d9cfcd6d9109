/**
 * To come.
 *
 * @packageDocumentation
 * @module @disp/background/bullmq
 */
export {};
