import type { Redis } from "ioredis";

/** A limit in Redis by hand: one key, on the server's clock, one call for each check. */
const GCRA = `
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local tat = math.max(tonumber(redis.call("GET", KEYS[1]) or 0), now) + ARGV[1]
if tat - now > tonumber(ARGV[2]) then return 0 end
redis.call("SET", KEYS[1], string.format("%.0f", tat), "PX", math.ceil((tat - now) / 1000))
return 1`;

/** Loads the script, and returns what checks a key. */
export async function gcraByHand(
  client: Redis,
  ratePerSecond: number,
  burst: number,
): Promise<(key: string) => Promise<unknown>> {
  const sha = String(await client.script("LOAD", GCRA));
  const emissionUs = String(Math.round(1e6 / ratePerSecond));
  const toleranceUs = String(Math.round((1e6 * burst) / ratePerSecond));
  return (key) => client.evalsha(sha, 1, key, emissionUs, toleranceUs);
}

/** The same for redis-benchmark: what it does by itself is to ask as fast as it can. */
export { GCRA };
