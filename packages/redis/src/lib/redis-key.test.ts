import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keySlot } from "./key-slot.ts";
import { redisKey } from "./redis-key.ts";

describe("redisKey", () => {
  it("puts the tag in braces, between prefix and part", () => {
    expect(redisKey("app", "user:1", "hold")).toBe("app:{user:1}:hold");
  });

  it("gives all keys of one tag one slot, whatever the tag", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), fc.string(), (tag, first, second) => {
        expect(keySlot(redisKey("app", tag, first))).toBe(keySlot(redisKey("app", tag, second)));
      }),
    );
  });

  it("tells halves of surrogate pairs apart, which are no text that a server could store", () => {
    const tags = ["\ud800", "\ud801", "\udc00", "\ufffd", "%D800", "\ud83d\ude00"];
    const stored = tags.map((tag) => Buffer.from(redisKey("app", tag, "a")).toString());
    expect(new Set(stored).size).toBe(tags.length);
    expect(stored.at(-1)).toBe("app:{\ud83d\ude00}:a");
  });

  it("gives different tags and parts different names", () => {
    const tag = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("{", "}", "%", "7", "B", ":") }));
    fc.assert(
      fc.property(tag, tag, tag, tag, (tag1, part1, tag2, part2) => {
        const areSame = tag1 === tag2 && part1 === part2;
        expect(redisKey("app", tag1, part1) === redisKey("app", tag2, part2)).toBe(areSame);
      }),
    );
  });
});
