import { defineScript, type RedisScript } from "@disp/redis";

/**
 * Says that nobody cares for entries any more, if they are still in the hands of this consumer: they are taken over as
 * soon as somebody looks. `KEYS`: the stream. `ARGV`: the group, the consumer, the milliseconds after which entries are
 * taken over, and for each entry its id and how often it counts as delivered.
 */
export const releaseScript: RedisScript<unknown> = defineScript(
  `for i = 4, #ARGV, 2 do
  local id = ARGV[i]
  if redis.call("XPENDING", KEYS[1], ARGV[1], id, id, 1, ARGV[2])[1] then
    redis.call("XCLAIM", KEYS[1], ARGV[1], ARGV[2], 0, id, "IDLE", ARGV[3], "RETRYCOUNT", ARGV[i + 1], "JUSTID")
  end
end
return 1`,
  (reply) => reply,
);
