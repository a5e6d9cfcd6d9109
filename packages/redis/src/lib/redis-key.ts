/**
 * A key name with one hash tag, so that all keys of one logical object live in one slot of a cluster, and one script may
 * touch them all: `redisKey("app", "user:1", "hold")` is `app:{user:1}:hold`. Different arguments give different names.
 *
 * @param prefix - What all names begin with. It should have no braces.
 * @param tag - Names the object. Any string: what would end the tag is escaped.
 * @param part - Names a key of the object.
 *
 * @example
 * ```ts
 * import { keySlot, redisKey } from "@disp/redis";
 *
 * redisKey("app", "user:1", "hold"); // => "app:{user:1}:hold"
 * keySlot(redisKey("app", "user:1", "hold")) === keySlot(redisKey("app", "user:1", "count")); // => true
 * redisKey("app", "a}b", "hold"); // => "app:{a%7Db}:hold"
 * ```
 */
export function redisKey(prefix: string, tag: string, part: string): string {
  return `${prefix}:{${escapeTag(tag)}}:${part}`;
}

/** An empty tag would be none. */
function escapeTag(tag: string): string {
  if (tag === "") return "%";
  return tag.replace(/[%{}]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
