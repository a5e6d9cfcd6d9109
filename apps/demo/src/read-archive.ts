import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { LineSplitter } from "./ndjson.ts";
import { lineSum } from "./line-sum.ts";

/** What an archive turns out to hold. */
export interface ArchiveContents {
  readonly events: number;
  readonly sha256: string;
  /** Of {@link lineSum} over its lines. */
  readonly sum: bigint;
}

const MAX_LINE_BYTES = 64 * 2 ** 20;

/** Unzips an archive, hashes it and looks at each line; however large it is, a little at a time. */
export async function readArchive(file: string): Promise<ArchiveContents> {
  const hash = createHash("sha256");
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  let events = 0;
  let sum = 0n;
  await pipeline(createReadStream(file), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      for (const { bytes } of splitter.push(chunk)) {
        events++;
        sum += lineSum(bytes);
      }
    }
  });
  return { events, sum, sha256: hash.digest("hex") };
}
