/**
 * What all scripts over buckets begin with. A bucket is a string: how many tokens were used since it was last full, and
 * when that was. It is the theoretical arrival time of GCRA, which is `at + used / rate`, in two numbers: the sum alone
 * would have to be rounded at each step, and would lose tokens of quick limits.
 */
export const BUCKET_LUA = `
-- The clock of the server, in microseconds: those of the clients differ.
local clock = redis.call("TIME")
local now = clock[1] * 1000000 + clock[2]

-- Products come before quotients everywhere: so whole tokens are due at exact times.
-- Returns when it was last full, how many tokens were used since, and from when on tokens may be taken.
local function read(key, rate, burst)
  local value = redis.call("GET", key)
  local space = value and string.find(value, " ", 1, true)
  if not space then return now, 0, now end
  local at, used = tonumber(string.sub(value, 1, space - 1)), tonumber(string.sub(value, space + 1))
  local from = now
  if at < 0 then
    -- A penalty: nothing before that time.
    at = -at
    from = math.max(now, at)
  elseif at > now then
    -- The clock has stepped back. What was used stays used.
    at = now
  end
  if used * 1000000 / rate <= from - at then return from, 0, from end
  -- Only a clock that stepped back makes a bucket owe more than it can hold. Then it is empty, but not for longer.
  if (used - burst) * 1000000 / rate > from - at then return from, burst, from end
  return at, used, from
end

-- Numbers are formatted, since Lua would round them to 14 digits. A bucket that is full again needs no key.
local function write(key, rate, at, used, sign)
  local value = string.format("%s%.0f %.17g", sign or "", at, used)
  redis.call("SET", key, value, "PX", string.format("%.0f", math.ceil((at + used * 1000000 / rate - now) / 1000) + 1000))
  return string.format("%.0f %.17g", at, used)
end

local tiers = tonumber(ARGV[1])
local rate, burst = {}, {}
for tier = 1, tiers do
  rate[tier] = tonumber(ARGV[2 * tier])
  burst[tier] = tonumber(ARGV[2 * tier + 1])
end
local first = 2 * tiers + 2
`;
