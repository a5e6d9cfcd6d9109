import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "./ndjson.ts";
import { inPieces, type Outcome, outcomeOf } from "../test/pieces.ts";

const split = (body: Buffer, cuts: readonly number[] = [], maxBytes = 1_000): Outcome =>
  outcomeOf(new LineSplitter(maxBytes), inPieces(body, cuts));

describe("LineSplitter", () => {
  it("gives each line with its number, without its line end", () => {
    expect(split(Buffer.from('{"a":1}\n{"b":2}\r\n{"c":3}'))).toEqual({
      frames: [
        [1, '{"a":1}'],
        [2, '{"b":2}\r'],
        [3, '{"c":3}'],
      ],
    });
  });

  it("counts blank lines and passes them over", () => {
    expect(split(Buffer.from("\n \t\r\n1\n\n2\n\n"))).toEqual({
      frames: [
        [3, "1"],
        [5, "2"],
      ],
    });
  });

  it("passes over a byte order mark in front of the first line only", () => {
    expect(split(Buffer.from("\ufeff1\n\ufeff2"))).toEqual({
      frames: [
        [1, "1"],
        [2, "\ufeff2"],
      ],
    });
  });

  it("gives the same frames wherever the body is cut in two or three", () => {
    const body = Buffer.from('\ufeff{"größe":"✓"}\r\n\n{"b":"\\n"}\n  \n3');
    const whole = split(body);
    for (let first = 0; first <= body.length; first++) {
      for (let second = first; second <= body.length; second++) {
        expect(split(body, [first, second])).toEqual(whole);
      }
    }
  });

  it("gives the lines of any text, whatever the pieces", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "{", '"', "é", "\u2028", "\r", " ", "😀") });
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(200)), (lines, cuts) => {
        const expected = lines
          .map((text, index): [number, string] => [index + 1, text])
          .filter(([, text]) => /[^ \r]/.test(text));
        expect(split(Buffer.from(lines.join("\n")), cuts)).toEqual({ frames: expected });
      }),
    );
  });

  it("refuses a line that is too long, complete or not, after the lines before it", () => {
    const tooLarge = { frames: [[1, "12345"]], error: [413, "event_too_large", 2] };
    expect(split(Buffer.from("12345\n123456\n1"), [], 5)).toEqual(tooLarge);
    expect(split(Buffer.from("12345\n123456"), [8], 5)).toEqual(tooLarge);
  });

  it("refuses an endless line before it has arrived", () => {
    const splitter = new LineSplitter(5);
    expect([...splitter.push(Buffer.from("123"))]).toEqual([]);
    expect(() => [...splitter.push(Buffer.from("456"))]).toThrow("at most 5 bytes");
  });
});
