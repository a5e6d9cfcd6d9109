import { describe, expect, it } from "vitest";
import { redisStreamSource } from "./redis-stream-source.ts";

const client = { send: () => new Promise<never>(() => {}) };
const make = () => redisStreamSource({ client, stream: "s", group: "g", consumer: "c" });

describe("a source", () => {
  it("checks its options at once", () => {
    expect(() => redisStreamSource({ client, stream: "", group: "g", consumer: "c" })).toThrow(
      'Cannot create a stream source: stream must be a string that is not empty, got ""',
    );
  });

  it("has one reader at a time", async () => {
    const source = make();
    const first = source[Symbol.asyncIterator]();
    expect(() => source[Symbol.asyncIterator]()).toThrow(
      "Cannot iterate over a stream source: it must have one reader at a time, got a second one",
    );
    await first.return?.();
    expect(() => source[Symbol.asyncIterator]()).not.toThrow();
  });
});
