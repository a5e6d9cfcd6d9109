import { defineScript, type RedisScript } from "@disp/redis";

/**
 * Keeps an entry among the dead letters, and only then lets the group forget it. Both are one step, and a second time
 * there is nothing left to do.
 */
export const BURY_FUNCTION = `
local function bury(id, deliveries, reason, message)
  local entry = redis.call("XRANGE", KEYS[1], id, id)[1]
  -- None: somebody has deleted it from the stream, and there is nothing to keep.
  if entry then
    local fields = entry[2]
    -- Lua cannot pass on more than some 8,000 arguments. The entry itself stays in the stream.
    if #fields > 7000 then fields = { "dead:fields", string.format("%.0f", #fields / 2) } end
    local notes = {
      "dead:id", id, "dead:stream", KEYS[1], "dead:group", ARGV[1],
      "dead:deliveries", string.format("%.0f", deliveries), "dead:reason", reason, "dead:error", message,
    }
    for i = 1, #notes do fields[#fields + 1] = notes[i] end
    redis.call("XADD", KEYS[2], "*", unpack(fields))
  end
  redis.call("XACK", KEYS[1], ARGV[1], id)
end
`;

/**
 * Moves entries to the dead letters, if they are still in the hands of this consumer. `KEYS`: the stream, the dead letters.
 * `ARGV`: the group, the consumer, and for each entry its id, a reason and the message of an error.
 */
export const buryScript: RedisScript<unknown> = defineScript(
  `${BURY_FUNCTION}
for i = 3, #ARGV, 3 do
  local id = ARGV[i]
  local row = redis.call("XPENDING", KEYS[1], ARGV[1], id, id, 1, ARGV[2])[1]
  if row then bury(id, row[4], ARGV[i + 1], ARGV[i + 2]) end
end
return 1`,
  (reply) => reply,
);
