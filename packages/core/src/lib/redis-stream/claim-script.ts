import { defineScript, type RedisScript } from "@disp/redis";
import { BURY_FUNCTION } from "./bury-script.ts";
import type { RawEntry } from "./stream-entry.ts";
import { readClaimed } from "./stream-replies.ts";

/**
 * Takes over pending entries, and buries those that had all their deliveries. `KEYS`: the stream, and the dead letters if
 * there are any. `ARGV`: the group, the consumer, from whom (empty = anybody), for how many milliseconds nobody must have
 * cared for an entry, the most deliveries, and the ids. It answers with an id, the fields and the deliveries for each
 * entry that is this consumer's now.
 */
export const claimScript: RedisScript<RawEntry[]> = defineScript(
  `${BURY_FUNCTION}
local group, consumer, owner, idle, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local claimed = {}
for i = 6, #ARGV do
  local id = ARGV[i]
  -- Asked again within the step: meanwhile it may have been acknowledged, or taken over by somebody else.
  local row
  if owner == "" then
    row = redis.call("XPENDING", KEYS[1], group, "IDLE", idle, id, id, 1)[1]
  else
    row = redis.call("XPENDING", KEYS[1], group, "IDLE", idle, id, id, 1, owner)[1]
  end
  if row and KEYS[2] and row[4] >= most then
    bury(id, row[4], "", "")
  elseif row then
    local entry = redis.call("XCLAIM", KEYS[1], group, consumer, idle, id)[1]
    if entry then
      claimed[#claimed + 1] = {id, entry[2], row[4] + 1}
    else
      -- Deleted from the stream: it would be pending for ever.
      redis.call("XACK", KEYS[1], group, id)
    end
  end
end
return claimed`,
  readClaimed,
);
