import { noRetry } from "@disp/retry";
import { describe, expect, it } from "vitest";
import { MemoryDedupStore } from "./memory-dedup-store.ts";
import { BACKGROUND_DEFAULTS, type BackgroundProcessorOptions, normalize } from "./options.ts";

const process = () => {};

describe("the options of a BackgroundProcessor", () => {
  it("need no more than what to do", () => {
    const { holdMs, ...defaults } = BACKGROUND_DEFAULTS;
    expect(holdMs).toBe(0);
    const resolved = normalize({ process });
    expect(resolved).toMatchObject({ ...defaults, process, onError: undefined });
    expect(resolved.dedup).toBeUndefined();
    expect(resolved.retry).toBe(noRetry());
  });

  it("take undefined for nothing", () => {
    const names = ["dedup", "initialCapacity", "concurrency", "retry", "whenStoreFails", "whileRunning", "leaseMs"];
    const nothing = Object.fromEntries([...names, "onError"].map((name) => [name, undefined]));
    const dedup = new MemoryDedupStore();
    expect({ ...normalize({ process, ...nothing }), dedup }).toEqual({ ...normalize({ process }), dedup });
  });

  it("cannot be changed later", () => {
    expect(Object.isFrozen(BACKGROUND_DEFAULTS)).toBe(true);
    const options = { process, concurrency: 2 };
    const resolved = normalize(options);
    options.concurrency = 3;
    expect(resolved.concurrency).toBe(2);
  });

  it.each<[string, object, string]>([
    ["process", { process: undefined }, "process must be a function, got undefined"],
    [
      "dedup",
      { dedup: {} },
      "dedup must be a store with acquire(), bumpGeneration(), such as new RedisDedupStore({ client, namespace }) of @disp/background/redis, got an object",
    ],
    ["dedup", { dedup: null }, "dedup must be a store with acquire()"],
    ["initialCapacity", { initialCapacity: 0 }, "initialCapacity must be a whole number >= 1, got 0"],
    ["concurrency", { concurrency: 1.5 }, "concurrency must be a whole number >= 1 or Infinity, got 1.5"],
    [
      "retry",
      { retry: {} },
      "retry must be an object with nextDelayMs(), such as exponentialBackoff() of @disp/retry, got an object",
    ],
    [
      "whenStoreFails",
      { whenStoreFails: "wait" },
      'whenStoreFails must be "schedule-locally" or "refuse" or "throw", got "wait"',
    ],
    ["whileRunning", { whileRunning: true }, 'whileRunning must be "drop" or "run-again", got true'],
    ["leaseMs", { leaseMs: Infinity }, "leaseMs must be a number >= 1, got Infinity"],
    ["onError", { onError: 1 }, "onError must be a function, got 1"],
    ["name", { concurency: 2 }, "options must be an object with only process, dedup, initialCapacity, "],
  ])("refuse a wrong %s", (_, wrong, words) => {
    const options = { process, ...wrong } as BackgroundProcessorOptions<string>;
    expect(() => normalize(options)).toThrow(`Cannot create a BackgroundProcessor: ${words}`);
  });

  it.each(Object.keys({ ...BACKGROUND_DEFAULTS, process, dedup: 0, onError: 0 }).filter((name) => name !== "holdMs"))(
    "take null for a mistake: %s",
    (name) => {
      const refused = new RegExp(`^Cannot create a BackgroundProcessor: ${name} must be .*got null$`, "u");
      expect(() => normalize({ process, [name]: null })).toThrow(refused);
    },
  );

  it("have to be there", () => {
    for (const options of [undefined, null, 5]) {
      expect(() => normalize(options as never)).toThrow(
        /options must be an object with only .* got (undefined|null|5)$/u,
      );
    }
  });
});
