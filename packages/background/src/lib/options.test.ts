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
    ["dedup", { dedup: {} }, "dedup must be an object with acquire(), bumpGeneration(), got an object"],
    ["initialCapacity", { initialCapacity: 0 }, "initialCapacity must be a whole number >= 1, got 0"],
    ["concurrency", { concurrency: 1.5 }, "concurrency must be a whole number >= 1 or Infinity, got 1.5"],
    ["retry", { retry: {} }, "retry must be an object with nextDelayMs(), got an object"],
    [
      "whenStoreFails",
      { whenStoreFails: "wait" },
      'whenStoreFails must be "schedule-locally" or "refuse" or "throw", got "wait"',
    ],
    ["whileRunning", { whileRunning: true }, 'whileRunning must be "drop" or "run-again", got true'],
    ["leaseMs", { leaseMs: Infinity }, "leaseMs must be a number >= 1, got Infinity"],
    ["onError", { onError: 1 }, "onError must be a function, got 1"],
  ])("refuse a wrong %s", (_, wrong, words) => {
    const options = { process, ...wrong } as BackgroundProcessorOptions<string>;
    expect(() => normalize(options)).toThrow(`Cannot create a BackgroundProcessor: ${words}`);
  });

  it("have to be there", () => {
    // @ts-expect-error -- no options
    expect(() => normalize(undefined)).toThrow("options must be an object, got undefined");
  });
});
