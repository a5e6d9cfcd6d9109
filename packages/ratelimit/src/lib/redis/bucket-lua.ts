/**
 * What all scripts over buckets begin with. A bucket is a string: how many tokens were used since it was last full, and
 * when that was. It is the theoretical arrival time of GCRA, which is `at + used / rate`, in two numbers: the sum alone
 * would have to be rounded at each step, and would lose tokens of quick limits.
 */
export const BUCKET_LUA = `
local call, floor, ceil, max, min = redis.call, math.floor, math.ceil, math.max, math.min
local find, sub, format = string.find, string.sub, string.format

-- The clock of the server, in microseconds: those of the clients differ.
local clock = call("TIME")
local now = clock[1] * 1000000 + clock[2]

-- Products come before quotients everywhere: so whole tokens are due at exact times.
-- Returns when it was last full, how many tokens were used since, and from when on tokens may be taken.
local function read(key, rate, burst)
  local value = call("GET", key)
  if not value then return now, 0, now end
  local space = find(value, " ", 1, true)
  local at, used = tonumber(sub(value, 1, space - 1)), tonumber(sub(value, space + 1))
  local from = now
  if at < 0 then
    -- A penalty: nothing before that time.
    at = -at
    from = max(now, at)
  elseif at > now then
    -- The clock has stepped back. What was used stays used.
    at = now
  end
  if used * 1000000 / rate <= from - at then return from, 0, from end
  -- Only a clock that stepped back makes a bucket owe more than it can hold. Then it is empty, but not for longer.
  if (used - burst) * 1000000 / rate > from - at then return from, burst, from end
  return at, used, from
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
