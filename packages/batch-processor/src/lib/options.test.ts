import { afterEach, describe, expect, it, vi } from "vitest";
import { BatchProcessor } from "./batch-processor.ts";
import { defaultLaneForKey } from "./default-lane-for-key.ts";
import { BATCH_PROCESSOR_DEFAULTS, normalize } from "./options.ts";
import { REDIS_KEY_LOCK_DEFAULTS } from "./redis-key-lock-options.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe("normalize", () => {
  it("leaves a RedisKeyLock the time to say, at its second try, that Redis is away", () => {
    expect(2 * REDIS_KEY_LOCK_DEFAULTS.timeoutMs).toBeLessThan(normalize({}).maxDurationMs);
  });

  it("fills in the defaults", () => {
    expect(normalize({})).toEqual({
      load: undefined,
      save: undefined,
      minDurationMs: 100,
      maxDurationMs: 1_000,
      maxOperations: Infinity,
      lanes: BATCH_PROCESSOR_DEFAULTS.lanes,
      laneForKey: defaultLaneForKey,
      conflictRetries: 3,
      isConflict: undefined,
    });
    expect(Object.isFrozen(BATCH_PROCESSOR_DEFAULTS)).toBe(true);
  });

  it("takes an option that is undefined for one that is absent", () => {
    const names = Object.keys(normalize({}));
    expect(normalize(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual(normalize({}));
  });

  it.each([
    [0, 1_000],
    [500, 1_000],
    [501, 1_002],
    [60_000, 120_000],
  ])("gives calls twice the window of %i ms, and a second at least", (minDurationMs, maxDurationMs) => {
    expect(normalize({ minDurationMs }).maxDurationMs).toBe(maxDurationMs);
  });

  it("copies what it was given", () => {
    const options = { minDurationMs: 5 };
    const resolved = normalize(options);
    options.minDurationMs = 99;
    expect(resolved.minDurationMs).toBe(5);
  });

  it.each([
    [{ hardwareConcurrency: 8 }, 128],
    [{ hardwareConcurrency: 0 }, 64],
    [{}, 64],
    [undefined, 64],
  ])("has lanes for what navigator %o says", async (navigator, lanes) => {
    vi.stubGlobal("navigator", navigator);
    vi.resetModules();
    const fresh = await import("./options.ts");
    expect(fresh.BATCH_PROCESSOR_DEFAULTS.lanes).toBe(lanes);
  });

  it.each([
    [null, TypeError, "options must be an object with only load, save, minDurationMs, maxDurationMs, "],
    [{ maxOperation: 5 }, TypeError, "options must be an object with only load, save, "],
    [new AbortController().signal, TypeError, "options must be an object with only load, save, "],
    [{ load: 5 }, TypeError, "load must be a function, got 5"],
    [{ save: null }, TypeError, "save must be a function, got null"],
    [{ laneForKey: "a" }, TypeError, 'laneForKey must be a function, got "a"'],
    [{ isConflict: true }, TypeError, "isConflict must be a function, got true"],
    [{ minDurationMs: -1 }, RangeError, "minDurationMs must be a number >= 0, got -1"],
    [{ minDurationMs: Infinity }, RangeError, "minDurationMs must be a number >= 0, got Infinity"],
    [{ minDurationMs: "100" }, TypeError, 'minDurationMs must be a number >= 0, got "100"'],
    [{ maxDurationMs: 0 }, RangeError, "maxDurationMs must be a number > 0 or Infinity, got 0"],
    [{ maxDurationMs: NaN }, RangeError, "maxDurationMs must be a number > 0 or Infinity, got NaN"],
    [{ maxOperations: 0 }, RangeError, "maxOperations must be a whole number >= 1 or Infinity, got 0"],
    [{ maxOperations: 1.5 }, RangeError, "maxOperations must be a whole number >= 1 or Infinity, got 1.5"],
    [{ lanes: 0 }, RangeError, "lanes must be a whole number >= 1, got 0"],
    [{ lanes: Infinity }, RangeError, "lanes must be a whole number >= 1, got Infinity"],
    [{ conflictRetries: -1 }, RangeError, "conflictRetries must be a whole number >= 0 or Infinity, got -1"],
  ])("refuses %o", (options, kind, complaint) => {
    expect(() => new BatchProcessor(options as never)).toThrow(kind);
    expect(() => new BatchProcessor(options as never)).toThrow(`Cannot create a BatchProcessor: ${complaint}`);
  });

  it.each(Object.keys(normalize({})))("takes null for a mistake: %s", (name) => {
    const refused = new RegExp(`^Cannot create a BatchProcessor: ${name} must be .*got null$`, "u");
    expect(() => normalize({ [name]: null })).toThrow(refused);
  });
});
