import { describe, expect, it } from "vitest";
import { normalize, REDIS_STREAM_SOURCE_DEFAULTS, type RedisStreamSourceOptions } from "./stream-options.ts";

const client = { send: () => Promise.resolve(null) };
const cluster = { ...client, isCluster: true };
const good = { client, stream: "s", group: "g", consumer: "c" };
const make = (other: Partial<Record<keyof RedisStreamSourceOptions, unknown>> = {}) =>
  normalize({ ...good, ...other } as RedisStreamSourceOptions);

describe("options of a stream source", () => {
  it("are filled with the defaults, undefined ones too", () => {
    const nothing = Object.fromEntries(Object.keys(REDIS_STREAM_SOURCE_DEFAULTS).map((name) => [name, undefined]));
    for (const options of [
      make(),
      make({ ...nothing, timeoutMs: undefined, deadLetter: undefined, onError: undefined }),
    ]) {
      expect(options).toMatchObject({ ...REDIS_STREAM_SOURCE_DEFAULTS, deadLetter: "s:dead" });
      expect(options.connection.timeoutMs).toBe(1_000);
    }
  });

  it.each<[keyof RedisStreamSourceOptions, unknown, string]>([
    ["client", {}, "client must be one of ioredis or node-redis"],
    ["stream", "", 'stream must be a string that is not empty, got ""'],
    ["group", undefined, "group must be a string that is not empty, got undefined"],
    ["consumer", 7, "consumer must be a string that is not empty, got 7"],
    ["batchSize", 0, "batchSize must be a whole number >= 1, got 0"],
    ["blockMs", Infinity, "blockMs must be a whole number >= 1, got Infinity"],
    ["stalledAfterMs", 1.5, "stalledAfterMs must be a whole number >= 1, got 1.5"],
    ["maxDeliveries", 0, "maxDeliveries must be a whole number >= 1 or Infinity, got 0"],
    ["deadLetter", "", 'deadLetter must be a string that is not empty, got ""'],
    ["deadLetter", "s", 'deadLetter must be another stream, got "s"'],
    ["createGroup", 1, "createGroup must be true or false, got 1"],
    ["from", "now", 'from must be "0", "$" or the id of an entry, got "now"'],
    ["timeoutMs", 0, "timeoutMs must be a number > 0 or Infinity, got 0"],
    ["onError", 1, "onError must be a function, got 1"],
    ["signal", 1, "signal must be an AbortSignal, got 1"],
  ])("are checked: %s, %s", (name, value, complaint) => {
    expect(() => make({ [name]: value })).toThrow(complaint);
  });

  it.each(["0", "$", "1732406400000", "1-1"])("may begin at %s", (from) => {
    expect(make({ from }).from).toBe(from);
  });

  it("have no dead letters when nothing can get there", () => {
    expect([make({ deadLetter: false }).deadLetter, make({ maxDeliveries: Infinity }).deadLetter]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("have dead letters in the slot of the stream in a cluster", () => {
    const deadLetterOf = (stream: string, deadLetter?: string) =>
      make({ client: cluster, stream, deadLetter }).deadLetter;
    expect(deadLetterOf("s")).toBe("{s}:dead");
    expect(deadLetterOf("app:{s}")).toBe("app:{s}:dead");
    expect(deadLetterOf("s", "other:{s}")).toBe("other:{s}");
    expect(() => deadLetterOf("s", "other")).toThrow('deadLetter must be a key in the slot of "s", got "other"');
    expect(() => deadLetterOf("a}b")).toThrow('deadLetter must be a key in the slot of "a}b", got undefined');
    expect(make({ deadLetter: "other" }).deadLetter).toBe("other");
  });
});
