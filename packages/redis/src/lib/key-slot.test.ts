import { describe, expect, it } from "vitest";
import { keySlot } from "./key-slot.ts";

describe("keySlot", () => {
  it("is the one of the specification's example", () => {
    expect(keySlot("123456789")).toBe(0x31c3);
  });

  it("looks at the hash tag alone", () => {
    expect(keySlot("{user1000}.following")).toBe(keySlot("{user1000}.followers"));
    expect(keySlot("foo{bar}{zap}")).toBe(keySlot("bar"));
    expect(keySlot("foo{{bar}}zap")).toBe(keySlot("{bar"));
  });

  it.each(["foo{}{bar}", "foo{bar", "foo}bar{", "{}"])("takes %s as a whole, for it has no tag", (key) => {
    expect(keySlot(key)).not.toBe(keySlot("bar"));
    expect(keySlot(key)).not.toBe(keySlot(""));
  });

  it("counts bytes of UTF-8", () => {
    // As a server says.
    expect(keySlot("ключ")).toBe(10_303);
    expect(keySlot("😀")).toBe(2_959);
  });

  it("is 0 for an empty key", () => {
    expect(keySlot("")).toBe(0);
  });
});
