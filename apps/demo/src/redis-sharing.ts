import { RedisDedupStore, RedisKeyLock, RedisRateLimiter } from "@disp/core/redis";
import { connectRedis } from "./redis-client.ts";
import { type Sharing, STATEMENT_LIMIT } from "./sharing.ts";

/** How long a row stays locked when its gateway was killed. */
const LEASE_MS = 5_000;
/** What a gateway may use of the limit by itself while Redis is away. */
const FALLBACK_SHARE = 0.25;
/** Statements that a gateway may have in hand: so many calls of Redis are spared, and so many statements may come late. */
const STATEMENTS_AHEAD = 5;

/** For gateways that share a Redis server: those with the same table share everything. */
export function shareThroughRedis(url: string, table: string): Sharing {
  const client = connectRedis(url);
  const namespace = `demo:${table}`;
  const rateLimit = new RedisRateLimiter({
    client,
    key: `${namespace}:statements`,
    ...STATEMENT_LIMIT,
    lease: { tokens: STATEMENTS_AHEAD },
    fallback: { share: FALLBACK_SHARE },
  });
  return {
    rateLimit,
    rowLock: new RedisKeyLock({ client, namespace: `${namespace}:rows`, leaseMs: LEASE_MS }),
    reportKeys: new RedisDedupStore({ client, namespace: `${namespace}:reports` }),
    sweepKeys: new RedisDedupStore({ client, namespace: `${namespace}:sweep` }),
    async close() {
      await rateLimit.close();
      client.disconnect();
    },
  };
}
