import { hash } from "node:crypto";

/** A number for the text of a line; the sum over many lines tells whether they are the same, in whatever order. */
export function lineSum(line: string | Buffer): bigint {
  return BigInt(hash("md5", line, "buffer").readUInt32BE(0));
}
