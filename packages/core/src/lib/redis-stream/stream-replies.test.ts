import { describe, expect, it } from "vitest";
import { readClaimed, readNewEntries, readPending } from "./stream-replies.ts";

const entries = [
  ["1-1", ["a", "1", "b", "2"]],
  ["1-2", []],
];
const read = [
  { id: "1-1", fields: { a: "1", b: "2" }, deliveries: 1 },
  { id: "1-2", fields: {}, deliveries: 1 },
];

describe("a reply with new entries", () => {
  it.each([
    ["lists in a list", [["s", entries]]],
    ["a list made of a map", ["s", entries]],
    ["a map", new Map([["s", entries]])],
    ["an object", { s: entries }],
  ])("may be %s", (_, reply) => {
    expect(readNewEntries(reply)).toEqual(read);
  });

  it("may be nothing", () => {
    expect([readNewEntries(null), readNewEntries(undefined)]).toEqual([[], []]);
  });

  it.each([[["s", 7]], 7, "s", [["s", [["1-1", null]]]], [["s", [[1, []]]]], [["s", [["1-1", ["a", 2]]]]]])(
    "is refused when it is nothing of the kind: %j",
    (reply) => {
      expect(() => readNewEntries(reply)).toThrow("Cannot read a reply of Redis");
    },
  );
});

describe("the fields of an entry", () => {
  const fieldsOf = (...parts: string[]) => readNewEntries([["s", [["1-1", parts]]]])[0]?.fields;

  it("are the last ones of their names", () => {
    expect(fieldsOf("a", "1", "b", "2", "a", "3")).toEqual({ a: "3", b: "2" });
  });

  it("may have any name", () => {
    const fields = fieldsOf("__proto__", "1", "constructor", "2", "", "3");
    expect(Object.entries(fields ?? {})).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
      ["", "3"],
    ]);
  });
});

describe("other replies", () => {
  it("say what is pending, and what was claimed", () => {
    expect(readPending([["1-1", "c", 5, 1]])).toEqual([{ id: "1-1" }]);
    expect(readClaimed([["1-1", ["a", "1"], 4]])).toEqual([{ id: "1-1", fields: { a: "1" }, deliveries: 4 }]);
    expect([readPending([]), readClaimed([])]).toEqual([[], []]);
  });
});
