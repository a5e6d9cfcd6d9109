import { defineScript, type RedisConnection, type RedisScript } from "@disp/redis";

/**
 * A script as it is, but that it reads the time from a key of its own, and that its keys last for minutes: so time can be
 * set to the microsecond, and what the script makes of it is still done by a real server.
 */
export function withClock<Reply>(script: RedisScript<Reply>): RedisScript<Reply> {
  const lua = script.lua
    .replace('call("TIME")', 'call("LRANGE", KEYS[#KEYS], 0, 1)')
    .replaceAll("+ 1000)", "+ 600000)");
  return defineScript(lua, (reply) => reply as Reply);
}

/** Sets that clock. */
export async function setClock(connection: RedisConnection, key: string, us: number): Promise<void> {
  const parts = [Math.floor(us / 1_000_000), us % 1_000_000].map(String);
  await connection.send(["EVAL", CLOCK_LUA, "1", key, ...parts], { key });
}

const CLOCK_LUA = `redis.call("DEL", KEYS[1])
  redis.call("RPUSH", KEYS[1], ARGV[1], ARGV[2])
  redis.call("PEXPIRE", KEYS[1], 600000)
  return 1`;
