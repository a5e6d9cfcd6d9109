import { Readable } from "node:stream";
import type { Frame } from "./frame.ts";
import type { Source } from "./source.ts";

/** Requests at once. */
export const LANES = 4;
export const EVENTS_PER_REQUEST = 5_000;
const EVENTS_PER_WRITE = 250;

/** The gateway did not take everything. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
}

export interface ReplayOptions {
  /** The gateway's. */
  readonly url: string;
  readonly signal: AbortSignal;
}

/** What the gateway answers, as far as it matters here. */
interface Reply {
  readonly stored?: number;
  readonly error?: { readonly message?: string; readonly line?: number };
  readonly not_stored?: readonly { readonly line: number; readonly message: string }[];
}

/**
 * Sends all events through the gateway's HTTP door: several requests at once, each a stream of lines. Resolves with the
 * number of events that the gateway says it stored.
 *
 * @throws ReplayError naming the line of the source, at the first request that was not taken whole; the signal's reason.
 */
export async function replay(source: Source, { url, signal }: ReplayOptions): Promise<number> {
  const blocks = blocksOf(source.events(), EVENTS_PER_REQUEST);
  const ended = new AbortController();
  const stop = (): void => ended.abort(signal.reason);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const lanes = Array.from({ length: LANES }, async () => {
    let stored = 0;
    for (let next = await blocks.next(); next.done !== true && !ended.signal.aborted; next = await blocks.next()) {
      stored += await post(url, next.value, ended.signal);
    }
    return stored;
  });
  // The first lane that fails ends the others, too: its error is the one that matters.
  for (const lane of lanes) lane.catch((error: unknown) => ended.abort(error));
  const settled = await Promise.allSettled(lanes);
  signal.removeEventListener("abort", stop);
  await blocks.return(undefined);
  ended.signal.throwIfAborted();
  return settled.reduce((sum, lane) => sum + (lane.status === "fulfilled" ? lane.value : 0), 0);
}

/** Events by the request. */
export async function* blocksOf(events: AsyncIterable<Frame>, size: number): AsyncGenerator<Frame[], void, undefined> {
  let block: Frame[] = [];
  for await (const event of events) {
    block.push(event);
    if (block.length < size) continue;
    yield block;
    block = [];
  }
  if (block.length > 0) yield block;
}

/**
 * Sends a block in one request, and resolves with how many events are stored. With a signal of its own, for a fetch whose
 * connection is reset while it is made may never settle.
 *
 * @throws ReplayError when the answer says that not all of it is stored; anything else when there was no answer.
 */
export async function post(
  url: string,
  block: readonly Frame[],
  signal: AbortSignal,
  body: Iterable<Buffer> | AsyncIterable<Buffer> = bodyOf(block),
): Promise<number> {
  const response = await fetch(`${url}/events`, {
    method: "POST",
    // A connection that rests may be closed while the next request is on its way, and nobody knows what came of it then.
    headers: { "Content-Type": "application/x-ndjson", Connection: "close" },
    body: Readable.from(body),
    duplex: "half",
    signal,
  });
  const reply = (await response.json()) as Reply;
  if (response.status === 202) return reply.stored ?? 0;
  throw new ReplayError(describe(reply, block));
}

/** The lines of a block, some at a time. */
export function* bodyOf(block: readonly Frame[]): Generator<Buffer> {
  const end = Buffer.from("\n");
  for (let from = 0; from < block.length; from += EVENTS_PER_WRITE) {
    yield Buffer.concat(block.slice(from, from + EVENTS_PER_WRITE).flatMap(({ bytes }) => [bytes, end]));
  }
}

/** The reply counts the lines of its request; people count those of the file. */
function describe({ error, not_stored: notStored = [] }: Reply, block: readonly Frame[]): string {
  const lineOf = (line: number): string => `line ${block[line - 1]?.at ?? "?"}`;
  const where = error?.line === undefined ? "" : `${lineOf(error.line)}: `;
  const first = notStored.slice(0, 3).map(({ line, message }) => `${lineOf(line)}: ${message}`);
  return [`${where}${error?.message ?? "the gateway's answer says nothing"}`, ...first].join("; ");
}
