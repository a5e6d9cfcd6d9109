/**
 * A key name with one hash tag, so that all keys of one logical object live in one slot of a cluster, and one script may
 * touch them all: `redisKey("app", "user:1", "hold")` is `app:{user:1}:hold`. Different arguments give different names.
 *
 * @param prefix - What all names begin with. It should have no braces.
 * @param tag - Names the object. Any string: what would end the tag is escaped.
 * @param part - Names a key of the object. Like the prefix, it should have no halves of surrogate pairs.
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

/** An empty tag would be none, and half a surrogate pair has no UTF-8: all of them would be one. */
function escapeTag(tag: string): string {
  if (tag === "") return "%";
  return tag.replace(/[%{}]|\p{Surrogate}/gu, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
