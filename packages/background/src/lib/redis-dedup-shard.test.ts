import { keySlot } from "@disp/redis";
import { describe, expect, it } from "vitest";
import { makeShards, shardIndex } from "./redis-dedup-shard.ts";

const named = (prefix: string, namespace: string, count = 1) => makeShards(prefix, namespace, count, "me");

describe("a shard", () => {
  it("keeps all of its keys in one slot, whatever they are", () => {
    const [shard] = named("p", "a");
    const keys = ["", "a", "{a}", "}", "ключ", "🗝️", "\ud83d"].map((key) => shard?.keyFor(key) ?? "");
    expect(new Set([...keys, shard?.generationKey ?? ""].map(keySlot))).toHaveProperty("size", 1);
  });

  it("has its own names, whatever the prefix and the namespace", () => {
    const shards = [
      ...named("p", "a", 20),
      ...named("p", "a:1", 20),
      ...named("p:a", "1"),
      ...named("p", "a{b}"),
      ...named("p", "a%"),
    ];
    const names = shards.flatMap(({ generationKey, keyFor }) => [generationKey, keyFor(""), keyFor("generation")]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("tells halves of surrogate pairs apart, and from everything else", () => {
    const [shard] = named("p", "a");
    const keys = ["\ud83d", "\ud83e", "\udddd\ud83d", "\ufffd", "😀", '"\\ud83d"', "odd:"];
    const encoded = keys.map((key) => new TextEncoder().encode(shard?.keyFor(key)).join());
    expect(new Set(encoded).size).toBe(keys.length);
  });
});

describe("the shard of a key", () => {
  it("is the same for ever", () => {
    expect(["", "a", "foobar", "ключ", "🗝️"].map((key) => shardIndex(key, 1_024))).toEqual([453, 300, 360, 697, 672]);
    expect(shardIndex("foobar", 0x1_00_00_00_00)).toBe(0xbf_9c_f9_68);
  });

  it("is each one about as often", () => {
    const counts = new Array<number>(8).fill(0);
    for (let index = 0; index < 8_000; index += 1) {
      const shard = shardIndex(`user:${index}`, 8);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
