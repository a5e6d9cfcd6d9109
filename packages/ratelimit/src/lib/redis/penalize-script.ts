import { defineScript, type RedisScript } from "@disp/redis";
import { BUCKET_LUA } from "./bucket-lua.ts";

/**
 * Empties a bucket until a time. `KEYS`: the bucket. `ARGV`: 1, its `ratePerSecond` and `burst`, and for how many
 * microseconds. A longer penalty that is there already stays.
 */
export const PENALIZE_SCRIPT: RedisScript<unknown> = defineScript(
  `${BUCKET_LUA}
local at, used, from = read(KEYS[1], rate[1], burst[1])
if not at then return redis.error_reply("ERR the key must hold a bucket, got " .. used) end
local until_ = now + ARGV[first]
if from < until_ then
  -- One token is there at that time, unless there would have been none by then.
  local owed = used - (until_ - at) * rate[1] / 1000000
  used = max(burst[1] - 1, owed)
  -- A time below 0: nothing before it.
  write(KEYS[1], rate[1], until_, used, text(-until_, used))
end
return 1`,
  (reply) => reply,
);
