import { createHash } from "node:crypto";

/** A number for the text of a line; the sum over many lines tells whether they are the same, in whatever order. */
export function lineSum(line: string | Buffer): bigint {
  return BigInt(createHash("md5").update(line).digest().readUInt32BE(0));
}
