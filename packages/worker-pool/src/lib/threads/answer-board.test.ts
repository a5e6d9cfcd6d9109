import { describe, expect, it } from "vitest";
import { AnswerReader, AnswerWriter } from "./answer-board.ts";

function pair(): { reader: AnswerReader; writer: AnswerWriter } {
  const reader = new AnswerReader();
  return { reader, writer: new AnswerWriter(reader.memory) };
}

describe("an answer board", () => {
  it.each([0, -0, NaN, Infinity, 1.5, -7, undefined, null, false, true])("holds %s", (value) => {
    const { reader, writer } = pair();
    expect(reader.has(3)).toBe(false);
    expect(writer.write(3, value)).toBe(true);
    expect(reader.has(3)).toBe(true);
    expect(Object.is(reader.take(3), value)).toBe(true);
    expect(reader.has(3)).toBe(false);
  });

  it.each([["a text"], [10n], [{}], [[1]], [Symbol.iterator]])("leaves %o to a message", (value) => {
    const { reader, writer } = pair();
    expect(writer.write(3, value)).toBe(false);
    expect(reader.has(3)).toBe(false);
  });

  it("has no call 0", () => {
    expect(pair().reader.has(0)).toBe(false);
  });

  it("keeps every result until it is taken, and leaves the rest to messages", () => {
    const { reader, writer } = pair();
    const written = Array.from({ length: 600 }, (_, index) => writer.write(index + 1, index));
    expect(written.indexOf(false)).toBe(512);
    expect(Array.from({ length: 512 }, (_, index) => reader.take(index + 1))).toEqual(
      Array.from({ length: 512 }, (_, index) => index),
    );
    expect(writer.write(513, "no")).toBe(false);
    expect(writer.write(513, 5)).toBe(true);
    expect([reader.has(1), reader.has(513), reader.take(513)]).toEqual([false, true, 5]);
  });

  it("has the reader told once for all that is written until it looks again", () => {
    const { reader, writer } = pair();
    expect([writer.mustTell(), writer.mustTell()]).toEqual([true, false]);
    reader.expect();
    expect([writer.mustTell(), writer.mustTell()]).toEqual([true, false]);
  });
});
