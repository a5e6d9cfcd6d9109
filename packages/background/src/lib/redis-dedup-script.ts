import { defineScript, type RedisScript } from "@disp/redis";

/** Redis adds the present time to it: within these bounds it always can, and JavaScript writes all digits. */
const LONGEST_MS = Number.MAX_SAFE_INTEGER;

/**
 * What is done to the key of a run, as its second argument: milliseconds, with a letter in front of them unless the key is
 * to be acquired. The first argument is the number of the hold.
 */
export const acquireArg = (ms: number): number => wholeMs(ms);
export const renewArg = (ms: number): string => `r${wholeMs(ms)}`;
export const releaseArg = (ms: number): string => `e${wholeMs(ms)}`;

/** The answer of a run: for an acquire, that the key was given; for a renewal, that the hold lasts. */
export const YES = 1;

/**
 * Many acquires, renewals and releases at once, in the order in which they were asked for.
 *
 * The value of a key is `generation:owner`, or `generation:` when nobody owns it any more. A value of another generation
 * counts for nothing. So a bump need not know the keys, and a hold of before it finds nothing that is its own.
 */
export const DEDUP_SCRIPT: RedisScript<unknown> = defineScript(
  `local NINE, R = 57, 114
local present = (redis.call("GET", KEYS[1]) or "0") .. ":"
local store = present .. ARGV[1]

local function keep(key, value, ms)
  -- No time is no valid time for Redis.
  if ms == "0" then
    redis.call("DEL", key)
  else
    redis.call("SET", key, value, "PX", ms)
  end
end

local function acquire(key, value, ms)
  if ms ~= "0" and redis.call("SET", key, value, "PX", ms, "NX") then
    return 1
  end
  local held = redis.call("GET", key)
  -- A call that was sent twice finds what is its own.
  if held and held ~= value and string.sub(held, 1, #present) == present then
    return 0
  end
  keep(key, value, ms)
  return 1
end

local answers = {}
for run = 1, #KEYS - 1 do
  local key, value, order = KEYS[run + 1], store .. ARGV[2 * run], ARGV[2 * run + 1]
  local letter = string.byte(order)
  if letter <= NINE then
    answers[run] = acquire(key, value, order)
  elseif redis.call("GET", key) ~= value then
    answers[run] = 0
  else
    keep(key, letter == R and value or present, string.sub(order, 2))
    answers[run] = 1
  end
end
return answers`,
  (reply) => reply,
);

/** Rounded up: a hold does not end early by a fraction. */
function wholeMs(ms: number): number {
  return Math.min(Math.ceil(ms), LONGEST_MS);
}
