/**
 * Keys that many machines share, in Redis: what one of them does in the background, no other one does at the same time.
 *
 * @packageDocumentation
 * @module @disp/background/redis
 */
export { REDIS_DEDUP_DEFAULTS, type RedisDedupStoreOptions } from "./lib/redis-dedup-options.ts";
export { RedisDedupStore } from "./lib/redis-dedup-store.ts";
