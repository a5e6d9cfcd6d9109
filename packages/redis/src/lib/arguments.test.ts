import { describe, expect, it } from "vitest";
import { toArguments } from "./arguments.ts";

describe("arguments of a command", () => {
  it("are texts, numbers, which are written as JavaScript does, and buffers", () => {
    const bytes = Buffer.from([1, 2]);
    expect(toArguments("test", "args", ["a", "", 1.5, -0, bytes as never])).toEqual(["a", "", "1.5", "0", bytes]);
    expect(toArguments("test", "args", [])).toEqual([]);
  });

  it("are copied", () => {
    const list = ["a"];
    expect(toArguments("test", "args", list)).not.toBe(list);
  });

  it.each([
    [undefined, "undefined"],
    [null, "null"],
    [{}, "an object"],
    [true, "true"],
    [5n, "5n"],
    [["nested"], "an array of 1"],
    [new Uint8Array(2), "an instance of Uint8Array"],
  ])("are nothing else: %s", (value, printed) => {
    expect(() => toArguments("test", "args", ["a", value as never])).toThrow(
      new TypeError(`Cannot test: args[1] must be a string, a number or a Buffer, got ${printed}`),
    );
  });

  it.each([
    ["PING", '"PING"'],
    [undefined, "undefined"],
    [{ 0: "PING" }, "an object"],
  ])("come as an array, not as %s", (list, printed) => {
    expect(() => toArguments("test", "args", list as never)).toThrow(
      new TypeError(`Cannot test: args must be an array of strings, got ${printed}`),
    );
  });
});
