/**
 * What all scripts over buckets begin with. A bucket is a string: how many tokens were used since it was last full, and
 * when that was. It is the theoretical arrival time of GCRA, which is `at + used / rate`, in two numbers: the sum alone
 * would have to be rounded at each step, and would lose tokens of quick limits.
 *
 * Once somebody has a ticket, to give tokens back with, a book follows: the name of this filling of the bucket, how many
 * tokens were given back to it, and where. See the script that gives back.
 */
export const BUCKET_LUA = `
local call, try, floor, ceil, max, min = redis.call, redis.pcall, math.floor, math.ceil, math.max, math.min
local find, sub, match, format = string.find, string.sub, string.match, string.format

-- The clock of the server, in microseconds: those of the clients differ.
local clock = call("TIME")
local now = clock[1] * 1000000 + clock[2]

-- Beyond 2^53 a single token more would make no difference.
local MOST_USED = 2 ^ 52

-- Products come before quotients everywhere: so whole tokens are due at exact times.
-- Returns when it was last full, how many tokens were used since, from when on tokens may be taken, and the book, if any
-- and still about this filling. Of what is no bucket: nil, and what it is.
local function read(key, rate, burst)
  local value = try("GET", key)
  if not value then return now, 0, now end
  -- A text has no fields.
  if value.err then return nil, value.err end
  local space = find(value, " ", 1, true)
  if not space then return nil, "a text" end
  local at, used, book = tonumber(sub(value, 1, space - 1)), tonumber(sub(value, space + 1)), nil
  if not used then
    at, used, book = match(value, "^(%S+) (%S+) (%S+ %S.*)$")
    at, used = tonumber(at), tonumber(used)
    if not at or not used then return nil, "a text" end
  end
  local from = now
  if at < 0 then
    -- A penalty: nothing before that time.
    at = -at
    from = max(now, at)
  elseif at > now then
    -- The clock has stepped back. What was used stays used.
    at, book = now, nil
  end
  if used > MOST_USED then
    at, used, book = from, max(0, used - floor((from - at) * rate / 1000000)), nil
  end
  if used * 1000000 / rate <= from - at then return from, 0, from end
  -- Only a clock that stepped back makes a bucket owe more than it can hold. Then it is empty, but not for longer.
  if (used - burst) * 1000000 / rate > from - at then return from, burst, from end
  return at, used, from, book
end

-- Lua by itself would round to 14 digits. Whole numbers are written several times faster as such.
local function text(at, used)
  return format(used % 1 == 0 and "%d %d" or "%d %.17g", at, used)
end

-- It ends when it is full again, and a second later for clocks that step.
local function write(key, rate, at, used, value)
  call("SET", key, value, "PX", format("%d", ceil((at + used * 1000000 / rate - now) / 1000) + 1000))
end

local tiers = tonumber(ARGV[1])
local rate, burst = {}, {}
for tier = 1, tiers do
  rate[tier] = tonumber(ARGV[2 * tier])
  burst[tier] = tonumber(ARGV[2 * tier + 1])
end
local first = 2 * tiers + 2
`;
