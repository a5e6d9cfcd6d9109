import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../input-error.ts";
import { parseOrder, RANGES } from "./controls.ts";

describe("parseOrder", () => {
  it("takes what is to be set, one or several", () => {
    expect(parseOrder('{"arrivalRate": 500}')).toEqual({ kind: "set", change: { arrivalRate: 500 } });
    expect(parseOrder('{"sinkPaused": false, "overflow": "drop-newest", "concurrency": 8}')).toEqual({
      kind: "set",
      change: { sinkPaused: false, overflow: "drop-newest", concurrency: 8 },
    });
  });

  it.each(["poison", "drain", "resume", "reset"])("takes the action %s", (action) => {
    expect(parseOrder(JSON.stringify({ action }))).toEqual({ kind: "do", action });
  });

  it.each(Object.entries(RANGES))("takes %s up to its bounds, and nothing beyond", (name, { min, max }) => {
    for (const value of [min, max])
      expect(parseOrder(JSON.stringify({ [name]: value }))).toMatchObject({ kind: "set" });
    for (const value of [min - 1, max + 1, min + 0.5, "5", null, true, [min], {}]) {
      expect(() => parseOrder(JSON.stringify({ [name]: value }))).toThrow(`${name} must be a whole number`);
    }
    expect(() => parseOrder(`{"${name}": 1e999}`)).toThrow(InputError);
  });

  it.each([
    ["", "must be JSON"],
    ["{", "must be JSON"],
    ["[]", "must be a JSON object"],
    ["null", "must be a JSON object"],
    ["7", "must be a JSON object"],
    ["{}", "must have a field"],
    ['{"sinkPaused": 1}', "sinkPaused must be true or false"],
    ['{"overflow": "drop"}', "overflow must be one of block, drop-oldest, drop-newest"],
    ['{"overflow": ["block"]}', "overflow must be one of"],
    ['{"action": "explode"}', "action must be one of"],
    ['{"action": "drain", "arrivalRate": 5}', "action must stand alone"],
    ['{"arrivalRate": 5, "action": "drain"}', "action must stand alone"],
    ['{"rate": 5}', 'no control "rate"'],
    ['{"arrivalRate": 5, "x": 1}', 'no control "x"'],
    ['{"__proto__": {"arrivalRate": 5}}', 'no control "__proto__"'],
    ['{"toString": 1}', 'no control "toString"'],
    ['{"constructor": 1}', 'no control "constructor"'],
  ])("refuses %s", (text, message) => {
    expect(() => parseOrder(text)).toThrow(InputError);
    expect(() => parseOrder(text)).toThrow(message);
  });

  it("takes any text for an order or refuses it as bad input, and throws nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          expect(["set", "do"]).toContain(parseOrder(text).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });
});
