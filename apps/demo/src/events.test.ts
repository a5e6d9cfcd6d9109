import { describe, expect, it } from "vitest";
import { type EventRow, toRow } from "./events.ts";

const NOW = "2026-01-01T00:00:00.000Z";

function row(event: string | Buffer, required: readonly string[] = []): EventRow {
  return toRow({ at: 7, bytes: Buffer.from(event) }, { maxDepth: 4, required }, NOW);
}

describe("toRow", () => {
  it("keeps the text of an event as it was written", () => {
    const text = ' {"price": 12345678901234567890.10, "n": 1e400} ';
    expect(row(text)).toMatchObject({
      payload: text,
      bytes: text.length,
      receivedAt: NOW,
      type: null,
      occurredAt: null,
    });
  });

  it("makes an id for an event that has none, a new one each time", () => {
    expect(row("{}").id).toMatch(/^[0-9a-f-]{36}$/);
    expect(row("{}").id).not.toBe(row("{}").id);
    expect(row('{"id":null}').id).toHaveLength(36);
  });

  it("takes the known fields out of the event", () => {
    expect(row('{"id":"a-1","type":"sale","occurred_at":"2026-01-31T12:00:00+02:00"}')).toMatchObject({
      id: "a-1",
      type: "sale",
      occurredAt: "2026-01-31T10:00:00.000Z",
    });
    expect(row('{"id":42}').id).toBe("42");
  });

  it("does not take brackets within strings for depth", () => {
    expect(row('{"a":"[[[[[[\\"[[[[[\\\\","b":[[[]]]}').payload).toContain("[[[[");
  });

  it.each([
    ["too_deep", '{"a":[[[[1]]]]}', "nested at most 4 deep"],
    ["too_deep", "[".repeat(200_000), "nested at most 4 deep"],
    ["invalid_json", "{", "not JSON: "],
    ["invalid_json", '{"a":1} {"b":2}', "not JSON: "],
    ["invalid_json", "{'a':1}", "not JSON: "],
    ["not_an_object", "[1]", "got an array"],
    ["not_an_object", "null", "got null"],
    ["not_an_object", '"text"', "got a string"],
    ["bad_field", '{"id":1.5}', '"id" must be a whole number or a string of 1 to 200 printable characters, got 1.5'],
    ["bad_field", '{"id":""}', 'got ""'],
    ["bad_field", '{"id":"a\\u0000"}', "printable"],
    ["bad_field", '{"id":"\\ud800"}', "printable"],
    ["bad_field", '{"type":{"a":1}}', '"type" must be a string'],
    ["bad_field", '{"occurred_at":"yesterday"}', 'a time such as "2026-01-31T12:00:00Z", got "yesterday"'],
    ["bad_field", '{"occurred_at":"2026-13-01T00:00:00Z"}', "a time such as"],
    ["bad_field", '{"occurred_at":1700000000}', "a time such as"],
    ["missing_field", '{"kind":null}', 'the field "kind" is missing'],
    ["missing_field", "{}", 'the field "kind" is missing'],
  ])("refuses with %s: %s", (code, event, message) => {
    expect(() => row(event, code === "missing_field" ? ["kind"] : [])).toThrow(
      expect.objectContaining({ code, at: 7, status: 400, message: expect.stringContaining(message) as string }),
    );
  });

  it("does not take an inherited property for a field", () => {
    expect(() => row("{}", ["constructor"])).toThrow('"constructor" is missing');
    expect(row('{"__proto__":{"id":"x"}}').id).toHaveLength(36);
  });

  it("refuses what is not UTF-8, where a text would only show replacement characters", () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(() => row(bytes)).toThrow(expect.objectContaining({ code: "invalid_utf8", at: 7 }));
  });
});
