import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { fieldCounts } from "./field-counts.ts";
import type { Frame } from "./frame.ts";
import { LineSplitter } from "./ndjson.ts";
import type { Source } from "./source.ts";

/** Far above what the gateway takes, which is the one to say so; a file without line ends must not fill the memory. */
const MAX_LINE_BYTES = 64 * 2 ** 20;

/** A person's own NDJSON file. */
export function fileSource(path: string): Source {
  return { title: basename(path), total: undefined, events: () => readEvents(path), question: fieldCounts };
}

async function* readEvents(path: string): AsyncGenerator<Frame> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) yield* splitter.push(chunk);
  yield* splitter.end();
}
