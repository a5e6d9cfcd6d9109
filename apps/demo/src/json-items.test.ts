import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inPieces, type Outcome, outcomeOf } from "../test/pieces.ts";
import { ItemSplitter } from "./json-items.ts";

const split = (text: string, cuts: readonly number[] = [], maxBytes = 10_000): Outcome =>
  outcomeOf(new ItemSplitter(maxBytes), inPieces(Buffer.from(text), cuts));

describe("ItemSplitter", () => {
  it("gives the items of an array", () => {
    expect(split(' [ {"a":[1,2]} , "x,]\\"", 3 ] \n')).toEqual({
      frames: [
        [1, '{"a":[1,2]} '],
        [2, '"x,]\\""'],
        [3, "3 "],
      ],
    });
  });

  it("gives a body that is one value as it is", () => {
    expect(split(' {"a":1}, junk ')).toEqual({ frames: [[1, '{"a":1}, junk ']] });
  });

  it("gives nothing for an empty array", () => {
    expect(split("\ufeff[ ]")).toEqual({ frames: [] });
  });

  it.each([
    ["an empty body", "  ", [], [400, "invalid_json", undefined]],
    ["a missing first item", "[,1]", [], [400, "invalid_json", 1]],
    ["a missing item in the middle", "[1,,2]", [[1, "1"]], [400, "invalid_json", 2]],
    ["a comma behind the last item", "[1,]", [[1, "1"]], [400, "invalid_json", 2]],
    ["something behind the array", "[1] x", [[1, "1"]], [400, "invalid_json", undefined]],
    ["an array that does not end", '[1,{"a":', [[1, "1"]], [400, "unfinished_body", 2]],
    ["an array that ends behind a comma", "[1,", [[1, "1"]], [400, "unfinished_body", 2]],
    ["an item that is too large", "[1,[10000]]", [[1, "1"]], [413, "event_too_large", 2]],
  ])("refuses %s", (_, text, frames, error) => {
    expect(split(text, [], 6)).toEqual({ frames, error });
    const bytes = Array.from({ length: Buffer.from(text).length }, (__, index) => index);
    expect(split(text, bytes, 6)).toEqual({ frames, error });
  });

  it("gives the same frames wherever the body is cut in two or three", () => {
    const text = '\ufeff [{"ö\\\\":"\\"]"} ,[[]],"\\\\", 5]\n';
    const whole = split(text);
    const { length } = Buffer.from(text);
    expect(whole.frames).toHaveLength(4);
    for (let first = 0; first <= length; first++) {
      for (let second = first; second <= length; second++) expect(split(text, [first, second])).toEqual(whole);
    }
  });

  it("gives the items of any array, however it is written and cut", () => {
    const cuts = fc.array(fc.nat(400));
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 1, "\t"), cuts, (values, indent, places) => {
        const { frames, error } = split(JSON.stringify(values, null, indent), places);
        expect(error).toBeUndefined();
        expect(frames.map(([, text]) => JSON.parse(text) as unknown)).toEqual(JSON.parse(JSON.stringify(values)));
        expect(frames.map(([at]) => at)).toEqual(values.map((_, index) => index + 1));
      }),
    );
  });

  it("never accepts what is not JSON: either it says so, or a frame does not parse", () => {
    const soup = fc.string({ unit: fc.constantFrom("[", "]", "{", "}", ",", ":", '"', "\\", "1", " ", "a") });
    fc.assert(
      fc.property(soup, fc.array(fc.nat(20)), (text, cuts) => {
        const outcome = split(text, cuts);
        expect(outcome).toEqual(split(text));
        expect(isJson(text)).toBe(outcome.error === undefined && outcome.frames.every(([, frame]) => isJson(frame)));
      }),
      { numRuns: 2_000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
