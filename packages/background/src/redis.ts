/**
 * To come.
 *
 * @packageDocumentation
 * @module @disp/background/redis
 */
export {};
