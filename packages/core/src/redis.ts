/**
 * What leaves the process through Redis: everything that the doors `@disp/ratelimit/redis`, `@disp/background/redis` and
 * `@disp/batch-processor/redis` export, and a source of items from a stream.
 *
 * @packageDocumentation
 * @module @disp/core/redis
 */
export * from "@disp/background/redis";
export * from "@disp/batch-processor/redis";
export * from "@disp/ratelimit/redis";
export { redisStreamSource } from "./lib/redis-stream/redis-stream-source.ts";
export type { StreamEntry } from "./lib/redis-stream/stream-entry.ts";
export { REDIS_STREAM_SOURCE_DEFAULTS, type RedisStreamSourceOptions } from "./lib/redis-stream/stream-options.ts";
