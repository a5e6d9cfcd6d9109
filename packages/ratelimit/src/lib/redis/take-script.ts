import { defineScript, type RedisScript } from "@disp/redis";
import { BUCKET_LUA } from "./bucket-lua.ts";

/**
 * Takes tokens from many buckets. `KEYS`: for each run one per tier. `ARGV`: how many tiers, `ratePerSecond` and `burst`
 * of each, and then for each run `n` and how often to take it, negative to get tickets as well.
 *
 * Answers one after the other: how often it was taken; for each tier the microseconds until the next `n` could be, or
 * until there is no token too few if all were taken; and if asked for and any were taken, the ticket of each tier.
 * What is not taken writes nothing.
 */
export const TAKE_SCRIPT: RedisScript<readonly unknown[]> = defineScript(
  `${BUCKET_LUA}
local answers, last = {}, 0
local ats, useds, froms = {}, {}, {}
local key = 0
for arg = first, #ARGV, 2 do
  local n, count = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1])
  local wantsTickets = count < 0
  count = max(count, -count)
  -- How often it fits into all tiers.
  local fits = n > 0 and count or 0
  for tier = 1, tiers do
    local at, used, from = read(KEYS[key + tier], rate[tier], burst[tier])
    ats[tier], useds[tier], froms[tier] = at, used, from
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
  last = last + 1
  answers[last] = fits
  local more = fits < count and n or 0
  for tier = 1, tiers do
    local used = useds[tier] + fits * n
    useds[tier] = used
    local due = (used + more - burst[tier]) * 1000000 / rate[tier] - (froms[tier] - ats[tier])
    if froms[tier] > now then due = max(0, due) + froms[tier] - now end
    answers[last + tier] = ceil(due)
  end
  last = last + tiers
  if fits > 0 then
    for tier = 1, tiers do
      local value = text(ats[tier], useds[tier])
      write(KEYS[key + tier], rate[tier], ats[tier], useds[tier], value)
      if wantsTickets then answers[last + tier] = value end
    end
    if wantsTickets then last = last + tiers end
  end
  key = key + tiers
end
return answers`,
  (reply) => reply as readonly unknown[],
);
