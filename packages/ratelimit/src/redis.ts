/**
 * To come.
 *
 * @packageDocumentation
 * @module @disp/ratelimit/redis
 */
export {};
