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
local answers, last = {}, 0
local ats, useds, froms, books = {}, {}, {}, {}
local key = 0
for arg = first, #ARGV - 1, 2 do
  local n, count = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1])
  local wantsTickets = count < 0
  count = max(count, -count)
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
    local left = math.huge
    for tier = 1, tiers do
      local used = useds[tier] + fits * n
      useds[tier] = used
      local spare = 0
      if froms[tier] <= now then
        local elapsed = now - ats[tier]
        spare = floor(elapsed * rate[tier] / 1000000 + burst[tier] - used)
        if (used + spare + 1 - burst[tier]) * 1000000 / rate[tier] <= elapsed then spare = spare + 1
        elseif (used + spare - burst[tier]) * 1000000 / rate[tier] > elapsed then spare = spare - 1 end
      end
      if spare < left then left = spare end
    end
    answers[last + 1], answers[last + 2] = fits, max(0, left)
    last = last + 2
    if fits < count then
      for tier = 1, tiers do
        local due = (useds[tier] + n - burst[tier]) * 1000000 / rate[tier] - (froms[tier] - ats[tier])
        if froms[tier] > now then due = max(0, due) + froms[tier] - now end
        answers[last + tier] = ceil(due)
      end
      last = last + tiers
    end
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
