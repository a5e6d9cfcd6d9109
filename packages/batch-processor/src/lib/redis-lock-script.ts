import { defineScript, type RedisScript } from "@disp/redis";

/** What a run of the script does. */
export const ACQUIRE = "a";
export const RENEW = "n";
export const RELEASE = "r";

/** An acquire that was refused. */
export interface Refusal {
  /** Whole milliseconds until the key may be free. */
  readonly waitMs: number;
  /** Whether the key is kept for this one, once it is free. */
  readonly isNext: boolean;
}

/**
 * Any number of runs, each on a key of its own, in their order. All times are microseconds of the server.
 *
 * KEYS: the last token, then the key of each run. ARGV: the time of a lease, the time for which a free key is kept for who
 * is next, and how long the last token is kept, all in milliseconds; then of each run what it does and who asks.
 *
 * The value of a key is "holder until next until". Without the second half, who has a key and wants it again would always
 * be faster than those elsewhere, who can only ask now and then: so a free key is kept for the first who was refused.
 */
export const LOCK_SCRIPT: RedisScript<unknown> = defineScript(
  `local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local leaseUs, nextUs = ARGV[1] * 1000, ARGV[2] * 1000
local token, tokenWas

local function read(key)
  -- A value of another kind is not ours, and must not fail the other runs.
  local value = redis.pcall("GET", key)
  if type(value) == "string" then
    local holder, heldUntil, nextOne, keptUntil = string.match(value, "^(%S+) (%d+) (%S+) (%d+)$")
    heldUntil, keptUntil = tonumber(heldUntil or 0), tonumber(keptUntil or 0)
    return heldUntil > now and holder or nil, heldUntil, keptUntil > now and nextOne or nil, keptUntil
  end
  return nil, 0, nil, 0
end

local function write(key, holder, heldUntil, nextOne, keptUntil)
  if holder == nil and nextOne == nil then
    redis.call("DEL", key)
    return
  end
  if holder == nil then heldUntil = 0 end
  if nextOne == nil then keptUntil = 0 end
  -- The value says when it ends. The key is there for longer, since times of keys are coarser.
  local px = math.ceil((math.max(heldUntil, keptUntil) - now) / 1000) + 1000
  local value = string.format("%s %.0f %s %.0f", holder or "-", heldUntil, nextOne or "-", keptUntil)
  redis.call("SET", key, value, "PX", string.format("%.0f", px))
end

local function nextToken()
  if token == nil then
    tokenWas = tonumber(redis.call("GET", KEYS[1]) or 0) or 0
    token = tokenWas
  end
  -- Greater than the last one, though a clock was set back; and greater than all before, though the last one was lost.
  token = math.max(token + 1, now)
  return token
end

local answers = {}
for i = 2, #KEYS do
  local key, deed, me = KEYS[i], ARGV[2 * i], ARGV[2 * i + 1]
  local holder, heldUntil, nextOne, keptUntil = read(key)
  local answer = 0
  if deed == "${ACQUIRE}" then
    -- A command may be carried out twice: who has the key already gets it.
    if holder == me or (holder == nil and (nextOne == nil or nextOne == me)) then
      if nextOne == me then nextOne = nil end
      answer = nextToken()
      write(key, me, now + leaseUs, nextOne, keptUntil)
    else
      local waitUs = (holder and heldUntil or keptUntil) - now
      if nextOne == nil or nextOne == me then
        nextOne = me
        write(key, holder, heldUntil, me, now + nextUs)
      end
      answer = { math.ceil(waitUs / 1000), nextOne == me and 1 or 0 }
    end
  elseif deed == "${RENEW}" then
    if holder == me then
      write(key, me, now + leaseUs, nextOne, keptUntil)
      answer = 1
    end
  elseif holder == me or nextOne == me then
    if holder == me then holder = nil end
    if nextOne == me then nextOne = nil end
    write(key, holder, heldUntil, nextOne, keptUntil)
    answer = 1
  end
  answers[i - 1] = answer
end
if token ~= tokenWas then redis.call("SET", KEYS[1], string.format("%.0f", token), "PX", ARGV[3]) end
return answers`,
  (reply) => reply,
);

/** @returns the token, or why there is none. Some clients are told to bring numbers as strings. */
export function readAcquired(answer: unknown): number | Refusal {
  if (!Array.isArray(answer)) return Number(answer);
  return { waitMs: Number(answer[0]), isNext: Number(answer[1]) === 1 };
}
