import { checkNumber } from "@disp/options";

const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Spreads keys over lanes: the same key gets the same lane in every process. What `laneForKey` does unless it is given.
 *
 * The hash is FNV-1a (Fowler, Noll, Vo: draft-eastlake-fnv) of the key's UTF-16 code units, mixed once more by the last
 * steps of MurmurHash3 (Appleby), since the low bits of FNV alone are poor.
 *
 * @param key - Any string.
 * @param lanes - How many lanes there are.
 * @returns a whole number from 0 up to, but not including, `lanes`.
 * @throws TypeError or RangeError when `lanes` is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { defaultLaneForKey } from "@disp/batch-processor";
 *
 * defaultLaneForKey("ann", 64) === defaultLaneForKey("ann", 64); // => true
 * defaultLaneForKey("ann", 1); // => 0
 * ```
 */
export function defaultLaneForKey(key: string, lanes: number): number {
  if (!(Number.isInteger(lanes) && lanes >= 1)) {
    checkNumber("choose a lane", "lanes", lanes, { whole: true, min: 1 });
  }
  return mix(fnv1a(key)) % lanes;
}

function fnv1a(key: string): number {
  let hash = FNV_OFFSET_BASIS;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), FNV_PRIME);
  return hash;
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
