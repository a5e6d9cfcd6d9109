import type { RawEntry } from "./stream-entry.ts";

/** An entry that some consumer has in its hands. */
export interface PendingEntry {
  readonly id: string;
}

/**
 * Reads a reply to `XREADGROUP` for one stream. It is `[[stream, entries]]`, or `[stream, entries]` where a client makes a
 * list of a map, or a map of either kind.
 *
 * @throws TypeError when it is none of them.
 */
export function readNewEntries(reply: unknown): RawEntry[] {
  if (reply === null || reply === undefined) return [];
  return list(entriesOf(reply)).map((entry) => {
    const [id, fields] = list(entry);
    return { id: text(id), fields: readFields(fields), deliveries: 1 };
  });
}

/** Reads a reply to `XPENDING`: lists of an id, a consumer, the time and the deliveries. */
export function readPending(reply: unknown): PendingEntry[] {
  return list(reply).map((row) => ({ id: text(list(row)[0]) }));
}

/** Reads what the claim script hands over: lists of an id, the fields and the deliveries. */
export function readClaimed(reply: unknown): RawEntry[] {
  return list(reply).map((row) => {
    const [id, fields, deliveries] = list(row);
    return { id: text(id), fields: readFields(fields), deliveries: Number(deliveries) };
  });
}

function entriesOf(reply: unknown): unknown {
  if (reply instanceof Map) return [...(reply as ReadonlyMap<unknown, unknown>).values()][0];
  if (!Array.isArray(reply)) return Object.values(Object(reply) as Record<string, unknown>)[0];
  const [first, second] = reply as unknown[];
  return Array.isArray(first) ? (first as unknown[])[1] : second;
}

function readFields(value: unknown): Record<string, string> {
  const parts = list(value);
  const pairs = Array.from({ length: parts.length / 2 }, (_, index) => [
    text(parts[2 * index]),
    text(parts[2 * index + 1]),
  ]);
  return Object.fromEntries(pairs as [string, string][]);
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new TypeError(`Cannot read a reply of Redis: it must have a list there, got ${typeof value}`);
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Cannot read a reply of Redis: it must have a string there, got ${typeof value}`);
}
