import { ItemSplitter } from "./json-items.ts";
import type { Splitter } from "./frame.ts";
import { LineSplitter } from "./ndjson.ts";

/** How a body is read, and what its events are counted in. */
export interface BodyFormat {
  readonly unit: "line" | "item";
  splitter(maxEventBytes: number): Splitter;
}

const JSON_BODY: BodyFormat = { unit: "item", splitter: (maxEventBytes) => new ItemSplitter(maxEventBytes) };
const LINES: BodyFormat = { unit: "line", splitter: (maxEventBytes) => new LineSplitter(maxEventBytes) };

const FORMATS: ReadonlyMap<string, BodyFormat> = new Map([
  ["application/json", JSON_BODY],
  ["application/x-ndjson", LINES],
  ["application/ndjson", LINES],
  ["application/jsonl", LINES],
]);

/** For a Content-Type header; undefined: not understood here. */
export function formatOf(contentType: string | undefined): BodyFormat | undefined {
  const [name = "", ...parameters] = (contentType ?? "").toLowerCase().split(";");
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith("charset="));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  return isUtf8 ? FORMATS.get(name.trim()) : undefined;
}
