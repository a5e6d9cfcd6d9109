import { defineScript, type RedisScript } from "@disp/redis";
import { BUCKET_LUA } from "./bucket-lua.ts";

/**
 * Takes tokens from many buckets. `KEYS`: for each run one per tier. `ARGV`: how many tiers, `ratePerSecond` and `burst`
 * of each; then for each run `n`, at most the smallest burst, and how often to take it, negative to get tickets as well;
 * and if any wants tickets, a name that no other call has.
 *
 * Answers one after the other: how often it was taken; how many whole tokens are left in the tightest tier; unless it was
 * taken as often as wanted, for each tier the microseconds until the next `n` could be; and if asked for and any were
 * taken, the ticket of each tier. For what is no bucket: -1, and what is wrong. What is not taken writes nothing.
 */
export const TAKE_SCRIPT: RedisScript<readonly unknown[]> = defineScript(
  `${BUCKET_LUA}
local huge = math.huge
local answers, last = {}, 0
local ats, useds, froms, books = {}, {}, {}, {}
-- The same few numbers come in most runs.
local numbers = setmetatable({}, {__index = function(known, text)
  known[text] = tonumber(text)
  return known[text]
end})
local key = 0
for arg = first, #ARGV - 1, 2 do
  local n, count = numbers[ARGV[arg]], numbers[ARGV[arg + 1]]
  local wantsTickets = count < 0
  if wantsTickets then count = -count end
  -- How often it fits into all tiers.
  local fits = n > 0 and count or 0
  local wrong
  for tier = 1, tiers do
    local at, used, from, book = read(KEYS[key + tier], rate[tier], burst[tier])
    if not at then
      wrong = used
      break
    end
    ats[tier], useds[tier], froms[tier], books[tier] = at, used, from, book
    if from > now then fits = 0 end
    local elapsed = from - at
    if (used + fits * n - burst[tier]) * 1000000 / rate[tier] > elapsed then
      local fit = max(0, min(fits, floor((elapsed * rate[tier] / 1000000 + burst[tier] - used) / n)))
      -- The time when a token is due decides, as it does for whoever waits for it. The quotient may be off by one.
      if fit < fits and (used + (fit + 1) * n - burst[tier]) * 1000000 / rate[tier] <= elapsed then fit = fit + 1 end
      if fit > 0 and (used + fit * n - burst[tier]) * 1000000 / rate[tier] > elapsed then fit = fit - 1 end
      fits = fit
    end
  end
  if wrong then
    answers[last + 1], answers[last + 2] = -1, wrong
    last = last + 2
  else
    local left = huge
    local dues = last + 2
    answers[last + 1], answers[dues] = fits, 0
    for tier = 1, tiers do
      local used, from, rate, burst = useds[tier] + fits * n, froms[tier], rate[tier], burst[tier]
      useds[tier] = used
      local elapsed = from - ats[tier]
      local spare = 0
      if from <= now then
        spare = floor(elapsed * rate / 1000000 + burst - used)
        if (used + spare + 1 - burst) * 1000000 / rate <= elapsed then spare = spare + 1
        elseif (used + spare - burst) * 1000000 / rate > elapsed then spare = spare - 1 end
      end
      if spare < left then left = spare end
      if fits < count then
        local due = (used + n - burst) * 1000000 / rate - elapsed
        if from > now then due = max(0, due) + from - now end
        answers[dues + tier] = ceil(due)
      end
    end
    if left > 0 then answers[dues] = left end
    last = fits < count and dues + tiers or dues
    if fits > 0 then
      for tier = 1, tiers do
        local at, used, book = ats[tier], useds[tier], books[tier]
        if wantsTickets then
          book = book or ARGV[#ARGV] .. " 0"
          local name, given = match(book, "^(%S+) (%S+)")
          answers[last + tier] = format("%d %s %.17g", at, name, used + given)
        end
        local value = text(at, used)
        if book then value = value .. " " .. book end
        write(KEYS[key + tier], rate[tier], at, used, value)
      end
      if wantsTickets then last = last + tiers end
    end
  end
  key = key + tiers
end
return answers`,
  (reply) => reply as readonly unknown[],
);
