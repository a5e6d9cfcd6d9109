/**
 * Locks for keys that many machines share, in Redis: what one of them loads, changes and saves, no other one does at the
 * same time.
 *
 * @packageDocumentation
 * @module @disp/batch-processor/redis
 */
export { RedisKeyLock } from "./lib/redis-key-lock.ts";
export { REDIS_KEY_LOCK_DEFAULTS, type RedisKeyLockOptions } from "./lib/redis-key-lock-options.ts";
