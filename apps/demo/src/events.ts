import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import type { Frame } from "./frame.ts";
import { InputError } from "./input-error.ts";

/** An event as it goes into the table. */
export interface EventRow {
  /** The client's, or made here: with it a row that is sent twice is stored once. */
  readonly id: string;
  /** RFC 3339. */
  readonly receivedAt: string;
  readonly type: string | null;
  /** RFC 3339. */
  readonly occurredAt: string | null;
  /** The event's JSON as the client wrote it, so that no digit of a number is lost. */
  readonly payload: string;
  /** Of the payload. */
  readonly bytes: number;
}

/** What an event must look like beyond being a JSON object. */
export interface EventRules {
  /** How deep objects and arrays may be nested. */
  readonly maxDepth: number;
  /** Fields every event must have, not null. */
  readonly required: readonly string[];
}

/** @throws InputError naming the frame's line or item. */
export function toRow(frame: Frame, rules: EventRules, receivedAt: string): EventRow {
  const at = frame.at;
  if (!isUtf8(frame.bytes)) throw new InputError(400, "invalid_utf8", "the text is not UTF-8", at);
  const payload = frame.bytes.toString("utf8");
  if (isDeeperThan(payload, rules.maxDepth)) {
    throw new InputError(400, "too_deep", `objects and arrays may be nested at most ${rules.maxDepth} deep`, at);
  }
  const event = parseObject(payload, at);
  for (const field of rules.required) {
    const value = Object.hasOwn(event, field) ? event[field] : undefined;
    if (value === undefined || value === null) {
      throw new InputError(400, "missing_field", `the field ${JSON.stringify(field)} is missing`, at);
    }
  }
  return {
    id: idOf(event["id"], at) ?? randomUUID(),
    receivedAt,
    type: typeOf(event["type"], at),
    occurredAt: timeOf(event["occurred_at"], at),
    payload,
    bytes: frame.bytes.length,
  };
}

function parseObject(text: string, at: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(400, "invalid_json", `not JSON: ${(error as Error).message}`, at);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InputError(400, "not_an_object", `an event must be a JSON object, got ${kindOf(value)}`, at);
}

/** Looked at before parsing, for parsers and databases recurse. Brackets within strings do not count. */
function isDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) i = endOfString(text, i);
    else if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) depth--;
    if (depth > maxDepth) return true;
  }
  return false;
}

/** The index of the closing quote of the string that opens at `open`; the end of the text when there is none. */
function endOfString(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === 0x5c) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

// Control characters and lone surrogates cannot be stored as text.
const STORABLE_NAME = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

function idOf(value: unknown, at: number): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (typeof value === "string" && STORABLE_NAME.test(value)) return value;
  throw badField("id", "a whole number or a string of 1 to 200 printable characters", value, at);
}

function typeOf(value: unknown, at: number): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && STORABLE_NAME.test(value)) return value;
  throw badField("type", "a string of 1 to 200 printable characters", value, at);
}

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)$/;

function timeOf(value: unknown, at: number): string | null {
  if (value === undefined || value === null) return null;
  const time = typeof value === "string" && RFC_3339.test(value) ? new Date(value) : undefined;
  if (time !== undefined && !Number.isNaN(time.getTime())) return time.toISOString();
  throw badField("occurred_at", 'a time such as "2026-01-31T12:00:00Z"', value, at);
}

function badField(field: string, rule: string, value: unknown, at: number): InputError {
  return new InputError(400, "bad_field", `the field "${field}" must be ${rule}, got ${shown(value)}`, at);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
