import { defineScript, type RedisScript } from "@disp/redis";
import { BUCKET_LUA } from "./bucket-lua.ts";

/**
 * Gives tokens back to one bucket. `KEYS`: one per tier, and the mark of this gift. `ARGV`: how many tiers,
 * `ratePerSecond` and `burst` of each, how many tokens, and for each tier the ticket they were taken with.
 *
 * The limit regains what was used in the order in which it was used. What it has regained of these tokens by now is not
 * given back a second time: that would let more through than the limit says.
 */
export const GIVE_BACK_SCRIPT: RedisScript<unknown> = defineScript(
  `${BUCKET_LUA}
local n = tonumber(ARGV[first])
local ats, useds, gifts = {}, {}, {}
local ttl = 0
for tier = 1, tiers do
  local at, used = read(KEYS[tier], rate[tier], burst[tier])
  local ticket = ARGV[first + tier]
  local space = find(ticket, " ", 1, true)
  local owed = 0
  -- A bucket that was full since, or was lost, has another beginning.
  if at == tonumber(sub(ticket, 1, space - 1)) then
    owed = tonumber(sub(ticket, space + 1)) - (now - at) * rate[tier] / 1000000
  end
  ats[tier], useds[tier], gifts[tier] = at, used, max(0, min(n, owed, used))
  ttl = max(ttl, ceil(owed * 1000 / rate[tier]))
end
-- Clients send a call again after a lost connection. By the time that the mark is gone, nothing is owed.
if ttl <= 0 or not call("SET", KEYS[tiers + 1], 1, "NX", "PX", ttl + 1000) then
  return 0
end
for tier = 1, tiers do
  local used = useds[tier] - gifts[tier]
  if gifts[tier] > 0 then
    if used * 1000000 / rate[tier] <= now - ats[tier] then call("DEL", KEYS[tier])
    else write(KEYS[tier], rate[tier], ats[tier], used, text(ats[tier], used)) end
  end
end
return 1`,
  (reply) => reply,
);
