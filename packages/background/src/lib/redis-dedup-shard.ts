import { redisKey, type RunGroup } from "@disp/redis";

/** A part of a namespace: all of its keys have one slot. */
export interface DedupShard {
  /** Its runs travel together. */
  readonly group: RunGroup;
  /** Where the number of the present generation is. */
  readonly generationKey: string;
  /** The name in Redis of a key. */
  readonly keyFor: (key: string) => string;
}

const HALF_A_PAIR = /\p{Surrogate}/u;
const OFFSET = 0x81_1c_9d_c5;
const PRIME = 0x01_00_01_93;

/** @param owner - Who asks: an argument of all runs. */
export function makeShards(prefix: string, namespace: string, count: number, owner: string): DedupShard[] {
  return Array.from({ length: count }, (_, index) => {
    // The number stands last, so that no other namespace has the same tag.
    const name = (part: string): string => redisKey(prefix, `${namespace}:${index}`, part);
    const generationKey = name("generation");
    const start = name("key:");
    const oddStart = name("odd:");
    return {
      generationKey,
      group: { sharedKeys: [generationKey], sharedArgs: [owner] },
      // Half a surrogate pair has no UTF-8: all of them would become one key.
      keyFor: (key) => (HALF_A_PAIR.test(key) ? oddStart + JSON.stringify(key) : start + key),
    };
  });
}

/**
 * Which of `count` shards a key belongs to. All who share the keys must agree, so it may never change.
 *
 * Source: FNV-1a with 32 bits, over UTF-16 code units instead of bytes.
 */
export function shardIndex(key: string, count: number): number {
  if (count === 1) return 0;
  let hash = OFFSET;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), PRIME);
  return (hash >>> 0) % count;
}
