import { defineScript, type RedisScript } from "@disp/redis";

/**
 * Counts the jobs that are left to a worker of BullMQ: those that wait, in line, for their next attempt, or to be found
 * after a crash; and those that are its own, from when it fetched them until they are ended or moved. All in one step,
 * since a job may go from any of these to any other at any time. What other workers run is not counted.
 *
 * BullMQ has a lock on each job that is run, by a token which begins with the id of the worker. Where the lock has ended,
 * nobody runs the job.
 *
 * KEYS: the beginning of the names of all keys of the queue. ARGV: the id of the worker.
 */
export const leftScript: RedisScript<number> = defineScript(
  `local base = KEYS[1]
local own = ARGV[1] .. ":"
local left = 0

-- BullMQ 5 keeps the jobs of a queue that was paused apart.
for _, name in ipairs({ "wait", "paused" }) do left = left + redis.call("LLEN", base .. name) end
for _, name in ipairs({ "prioritized", "delayed" }) do left = left + redis.call("ZCARD", base .. name) end
for _, id in ipairs(redis.call("LRANGE", base .. "active", 0, -1)) do
  local token = redis.call("GET", base .. id .. ":lock")
  if not token or string.sub(token, 1, #own) == own then left = left + 1 end
end
return left`,
  Number,
);
