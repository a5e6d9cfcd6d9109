/**
 * What code over Redis needs whatever the client: scripts that are loaded by themselves, a time budget per call, many
 * calls in one, and key names that stay together in a cluster.
 *
 * @packageDocumentation
 * @module @disp/redis
 */
export { CoalescedScript, type CoalescedScriptOptions, type RunGroup } from "./lib/coalesced-script.ts";
export { RedisUnavailableError } from "./lib/errors.ts";
export { keySlot } from "./lib/key-slot.ts";
export { redisKey } from "./lib/redis-key.ts";
export type {
  CommandSender,
  IoredisClient,
  NodeRedisClient,
  NodeRedisCluster,
  RedisClient,
} from "./lib/redis-client.ts";
export {
  REDIS_CONNECTION_DEFAULTS,
  RedisConnection,
  type RedisConnectionOptions,
  type SecondConnection,
  type SendOptions,
} from "./lib/redis-connection.ts";
export { defineScript, type RedisScript } from "./lib/script.ts";
