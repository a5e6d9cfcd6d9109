import { createClient, createCluster } from "redis";
import { describe, expect, it } from "vitest";
import { BULLMQ_DEFAULTS, type BullMqProcessorOptions, normalize } from "./bullmq-options.ts";

const NEEDED = { connection: { host: "nowhere" }, name: "work" };
const resolve = (options: Partial<BullMqProcessorOptions<string>>) => normalize({ ...NEEDED, ...options });

describe("the options of a BullMqProcessor", () => {
  it("have defaults, also where undefined is given", () => {
    const { concurrency, retry, prefix, timeoutMs, leaseMs, maxStalls, keepFailed } = BULLMQ_DEFAULTS;
    const defaults = { concurrency, retry, prefix, timeoutMs, leaseMs, maxStalls, keepFailed };
    const none = { process: undefined, onError: undefined, onConnectionError: undefined };
    expect(resolve({})).toEqual({ ...NEEDED, ...defaults, ...none });
    expect(resolve({ prefix: undefined, retry: undefined, leaseMs: undefined })).toEqual(resolve({}));
    expect(Object.isFrozen(BULLMQ_DEFAULTS)).toBe(true);
  });

  it.each<[Partial<Record<keyof BullMqProcessorOptions<string>, unknown>>, string]>([
    [
      { connection: "redis://localhost" },
      'connection must be a client of ioredis or options for one, such as { url: process.env.REDIS_URL }, got "redis://localhost"',
    ],
    [{ connection: undefined }, "connection must be a client of ioredis or options for one"],
    [{ connection: null }, "connection must be a client of ioredis or options for one"],
    [{ name: "" }, "name must be a string that is not empty and has no colon"],
    [{ name: "a:b" }, "name must be a string that is not empty and has no colon"],
    [{ name: 5 }, "name must be a string that is not empty and has no colon"],
    [{ process: "work" }, "process must be a function"],
    [{ concurrency: 0 }, "concurrency must be"],
    [{ concurrency: Infinity }, "concurrency must be"],
    [{ retry: 3 }, "retry must be an object with nextDelayMs()"],
    [{ prefix: "" }, "prefix must be a string that is not empty"],
    [{ timeoutMs: 0 }, "timeoutMs must be"],
    [{ leaseMs: 0.5 }, "leaseMs must be"],
    [{ maxStalls: -1 }, "maxStalls must be"],
    [{ keepFailed: 0.5 }, "keepFailed must be"],
    [{ onError: {} }, "onError must be a function"],
    [{ onConnectionError: {} }, "onConnectionError must be a function"],
  ])("are checked: %o", (wrong, rule) => {
    const options = { ...NEEDED, ...wrong } as unknown as BullMqProcessorOptions<string>;
    expect(() => normalize(options)).toThrow(`Cannot create a BullMqProcessor: ${rule}`);
  });

  it("have no other names, but those inside of connection are for ioredis to know", () => {
    const rule = "Cannot create a BullMqProcessor: options must be an object with only connection, name, process";
    const wrong = [{ ...NEEDED, proces: () => {} }, null, undefined, "work", new AbortController().signal];
    for (const options of wrong) expect(() => normalize(options as never)).toThrow(rule);
    expect(resolve({ connection: { hots: "nowhere" } }).connection).toEqual({ hots: "nowhere" });
  });

  it.each(Object.keys({ ...BULLMQ_DEFAULTS, process: 0, onError: 0 }).filter((name) => name !== "holdMs"))(
    "take null for a mistake: %s",
    (name) => {
      const refused = new RegExp(`^Cannot create a BullMqProcessor: ${name} must be .*got null$`, "u");
      expect(() => resolve({ [name]: null })).toThrow(refused);
    },
  );

  it("take no client of node-redis, with which BullMQ runs again what is done when a connection is lost", () => {
    const refused = "connection must be options or a client of ioredis, got one of node-redis";
    for (const connection of [createClient(), createCluster({ rootNodes: [] })]) {
      expect(() => normalize({ connection, name: "work" })).toThrow(`Cannot create a BullMqProcessor: ${refused}`);
    }
  });

  it("know that a cluster needs a hash tag", () => {
    const connection = { isCluster: true, connect() {}, duplicate() {} };
    expect(() => normalize({ connection, name: "work" })).toThrow(RangeError);
    expect(normalize({ connection, name: "work", prefix: "{bull}" }).prefix).toBe("{bull}");
  });
});
