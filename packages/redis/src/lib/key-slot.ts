const SLOTS = 16_384;
const ENCODER = new TextEncoder();
const TABLE = makeTable();

/**
 * The slot of a key in a cluster, from 0 to 16,383: keys of one slot may be used in one call.
 *
 * Source: CRC-16/XMODEM of the hash tag, as the Redis Cluster specification has it.
 *
 * @example
 * ```ts
 * import { keySlot } from "@disp/redis";
 *
 * keySlot("123456789"); // => 12739
 * keySlot("a:{123456789}:b"); // => 12739
 * ```
 */
export function keySlot(key: string): number {
  let crc = 0;
  for (const byte of ENCODER.encode(hashTag(key))) {
    crc = ((crc << 8) & 0xff_ff) ^ (TABLE[(crc >> 8) ^ byte] as number);
  }
  return crc % SLOTS;
}

/** What stands between the first brace and the next closing one, if that is anything; else the key. */
function hashTag(key: string): string {
  const start = key.indexOf("{");
  if (start === -1) return key;
  const end = key.indexOf("}", start + 1);
  return end <= start + 1 ? key : key.slice(start + 1, end);
}

function makeTable(): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80_00 ? (crc << 1) ^ 0x10_21 : crc << 1;
    return crc;
  });
}
