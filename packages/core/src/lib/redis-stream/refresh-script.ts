import { defineScript, type RedisScript } from "@disp/redis";

/**
 * Says that this consumer cares for entries, if they are still in its hands: nobody takes them over. That counts as no
 * delivery. `KEYS`: the stream. `ARGV`: the group, the consumer, and the ids.
 */
export const refreshScript: RedisScript<unknown> = defineScript(
  `for i = 3, #ARGV do
  local id = ARGV[i]
  if redis.call("XPENDING", KEYS[1], ARGV[1], id, id, 1, ARGV[2])[1] then
    redis.call("XCLAIM", KEYS[1], ARGV[1], ARGV[2], 0, id, "JUSTID")
  end
end
return 1`,
  (reply) => reply,
);
