import type { Frame } from "../frame.ts";
import type { Source } from "../source.ts";

/** The same events, each with an id: what has no id cannot be sent again without being stored again. */
export function withIds(source: Source): Source {
  return {
    ...source,
    async *events() {
      for await (const frame of source.events()) yield { at: frame.at, bytes: withId(frame) };
    },
  };
}

/** The id that an event has, or gets. Undefined: this is no event, and the gateway will say so. */
export function idOf({ at, bytes }: Frame): string | undefined {
  const event = parse(bytes);
  if (event === undefined) return undefined;
  const id = event["id"] ?? `line-${at}`;
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}

/** Put in front as text, for the event's own digits are to stay as they are. */
function withId(frame: Frame): Buffer {
  const event = parse(frame.bytes);
  if (event === undefined || (event["id"] ?? undefined) !== undefined) return frame.bytes;
  const id = idOf(frame);
  if ("id" in event) return Buffer.from(JSON.stringify({ ...event, id }));
  const text = frame.bytes.toString("utf8");
  const inside = text.slice(text.indexOf("{") + 1);
  return Buffer.from(`{"id":${JSON.stringify(id)}${Object.keys(event).length > 0 ? "," : ""}${inside}`);
}

function parse(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
