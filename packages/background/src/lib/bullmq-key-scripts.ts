import { defineScript, type RedisScript } from "@disp/redis";

/**
 * How a key is taken. BullMQ's own deduplication does it, in the step that adds the job: it sets a key that holds the id of
 * the job, for `LIFE_MS + holdMs`. That is longer than any job lives, so that
 *
 * - while more than half of `LIFE_MS` is left, the job is not over, however long it takes; and
 * - what is left above `LIFE_MS` is what is left of the hold, by the clock of the server, at any time.
 *
 * When the job is over, its last owner leaves the key that rest, or removes it. BullMQ does not touch such keys at the end
 * of a job, since they end by themselves.
 */
export const LIFE_MS: number = 2 ** 42;
/** Far from {@link LIFE_MS}, so that a rest is never taken for a life. */
export const MOST_HOLD_MS: number = 2 ** 40;

/** A field of our own in BullMQ's record of a job: what became of it, once that is certain. */
export const MARK_FIELD = "disp:mark";

export const FREE = 0;
export const HELD = 1;
export const QUEUED = 2;
export const RUNNING = 3;
export type KeyState = typeof FREE | typeof HELD | typeof QUEUED | typeof RUNNING;

/** What is known of a key. */
export interface KeyAnswer {
  readonly state: KeyState;
  /** The present generation: ids of jobs begin with the one in which they were scheduled. */
  readonly generation: string;
}

/**
 * Tells whether keys are taken, and by what. A job that was scheduled before the present generation has lost its key. One
 * that vanished without an end, since somebody has moved or removed it by hand, gives its key back here.
 *
 * KEYS: the generation, the beginning of the names of all records, and the keys. The records cannot be among them: only the
 * server knows whose they are. They have the beginning in common, with its hash tag. ARGV: LIFE_MS.
 */
export const askScript: RedisScript<unknown> = defineScript(
  `local generation = redis.call("GET", KEYS[1]) or "0"
local life = tonumber(ARGV[1])
local present = generation .. "-"
local answers = {}

local function rest(key)
  local ms = redis.call("PTTL", key) - life
  if ms > 0 then
    redis.call("PEXPIRE", key, string.format("%.0f", ms))
    return ${HELD}
  end
  redis.call("DEL", key)
  return ${FREE}
end

local function stateOf(key)
  local owner = redis.call("GET", key)
  if not owner then return ${FREE} end
  if string.sub(owner, 1, #present) ~= present then
    redis.call("DEL", key)
    return ${FREE}
  end
  if redis.call("PTTL", key) < life / 2 then return ${HELD} end
  local record = KEYS[2] .. owner
  -- Whoever runs it has a lock, which ends by itself after a crash.
  if redis.call("EXISTS", record .. ":lock") == 1 then return ${RUNNING} end
  if redis.call("EXISTS", record) == 1 and redis.call("HEXISTS", record, "finishedOn") == 0 then return ${QUEUED} end
  return rest(key)
end

for i = 3, #KEYS do
  answers[i - 2] = { stateOf(KEYS[i]), generation }
end
return answers`,
  (reply) => reply,
);

/**
 * Ends the lives of jobs: marks them, and leaves their keys to what remains of their holds. Not for jobs that somebody else
 * runs or has ended; and asked again, it changes nothing.
 *
 * KEYS: the beginning of the names of all records, and the keys. ARGV: LIFE_MS, how long a lock lasts, and for each key the
 * id of its job, the token of the lock, the mark.
 */
export const endScript: RedisScript<unknown> = defineScript(
  `local life = tonumber(ARGV[1])
local answers = {}

local function over(key, id, token, mark)
  local record = KEYS[1] .. id
  local lock = record .. ":lock"
  local owner = redis.call("GET", lock)
  -- Another instance runs it now, and the key is that one's.
  if owner and owner ~= token then return 0 end
  if redis.call("EXISTS", record) == 0 or redis.call("HEXISTS", record, "finishedOn") == 1 then return 0 end
  -- The lock has ended, and nobody has noticed. BullMQ wants to see one at the end of the job.
  if not owner then redis.call("SET", lock, token, "PX", ARGV[2]) end
  -- If BullMQ's own end of the job does not come to pass, the job will be found again: it must not be run then. The
  -- record is removed by BullMQ.
  redis.call("HSET", record, "${MARK_FIELD}", mark)
  if redis.call("GET", key) ~= id then return 1 end
  local ms = redis.call("PTTL", key)
  if ms < life / 2 then return 1 end
  if ms > life then
    redis.call("PEXPIRE", key, string.format("%.0f", ms - life))
  else
    redis.call("DEL", key)
  end
  return 1
end

for i = 2, #KEYS do
  local at = 3 * (i - 1)
  answers[i - 1] = over(KEYS[i], ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
return answers`,
  (reply) => reply,
);
