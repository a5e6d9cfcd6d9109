import { defineScript, type RedisScript } from "@disp/redis";
import { BUCKET_LUA } from "./bucket-lua.ts";

/**
 * Gives tokens back to one bucket. `KEYS`: one per tier, and the mark of this gift. `ARGV`: how many tiers,
 * `ratePerSecond` and `burst` of each, how many tokens, and for each tier the ticket they were taken with.
 *
 * The limit regains what was used in the order in which it was used. What it has regained of these tokens by now is not
 * given back a second time: that would let more through than the limit says. Afterwards the bucket is as if the tokens
 * given back had never been taken, so whatever else was taken keeps to the limit without them.
 *
 * For that a ticket knows its place: how many tokens had been used in this filling of the bucket, gifts not taken off. And
 * the book of the bucket has the places of the gifts: each one moves all that was used behind its place nearer, so that
 * the limit regains it earlier, and nothing that was used before.
 */
export const GIVE_BACK_SCRIPT: RedisScript<unknown> = defineScript(
  `${BUCKET_LUA}
local gmatch, insert, remove = string.gmatch, table.insert, table.remove
-- A book may not grow without end.
local MOST_GIFTS = 16

-- Adds a gift to the gifts, which are in the order of their places.
local function add(gifts, place, n)
  local list = {}
  for at, given in gmatch(gifts, "(%S+) (%S+)") do
    at, given = tonumber(at), tonumber(given)
    if n > 0 and place <= at then
      insert(list, {place, n})
      n = 0
    end
    insert(list, {at, given})
  end
  if n > 0 then insert(list, {place, n}) end
  if #list > MOST_GIFTS then
    -- As if both had been at the first place: that takes them off from more tickets, never from fewer.
    list[1][2] = list[1][2] + remove(list, 2)[2]
  end
  local added = ""
  for _, gift in ipairs(list) do added = added .. format(" %.17g %.17g", gift[1], gift[2]) end
  return added
end

local n = tonumber(ARGV[first])
local ats, useds, gifts, books = {}, {}, {}, {}
local ttl = 0
for tier = 1, tiers do
  local at, used, from, book = read(KEYS[tier], rate[tier], burst[tier])
  if not at then return 0 end
  ats[tier], useds[tier], gifts[tier] = at, used, 0
  local start, name, place = match(ARGV[first + tier], "^(%S+) (%S+) (%S+)$")
  local filling, given, noted = match(book or "", "^(%S+) (%S+)(.*)$")
  -- A bucket that was full since, or was lost, or whose clock stepped back, has another filling, and owes nothing. The
  -- name is there since a clock that stepped back may show the same time again.
  if at == tonumber(start) and filling == name then
    place = tonumber(place)
    local owed = place - (now - at) * rate[tier] / 1000000
    for other, taken in gmatch(noted, "(%S+) (%S+)") do
      if tonumber(other) <= place then owed = owed - taken end
    end
    local gift = max(0, min(n, owed, used))
    gifts[tier] = gift
    if gift > 0 then books[tier] = format(" %s %.17g", name, given + gift) .. add(noted, place, gift) end
    ttl = max(ttl, ceil(owed * 1000 / rate[tier]))
  end
end
-- Clients send a call again after a lost connection. By the time that the mark is gone, nothing is owed.
if ttl <= 0 or not call("SET", KEYS[tiers + 1], 1, "NX", "PX", ttl + 1000) then
  return 0
end
for tier = 1, tiers do
  local used = useds[tier] - gifts[tier]
  if gifts[tier] > 0 then
    if used * 1000000 / rate[tier] <= now - ats[tier] then call("DEL", KEYS[tier])
    else write(KEYS[tier], rate[tier], ats[tier], used, text(ats[tier], used) .. books[tier]) end
  end
end
return 1`,
  (reply) => reply,
);
