import { describe, expect, it } from "vitest";
import { Limits } from "./limits.ts";
import { KEYED_NAMES, normalize, normalizeLease, REDIS_RATE_LIMITER_DEFAULTS } from "./options.ts";

const client = { send: () => Promise.resolve() };
const resolve = (options: object) => normalize("create it", { client, ratePerSecond: 1, ...options }, KEYED_NAMES);

describe("options", () => {
  it("have defaults, for undefined too", () => {
    const defaults = { timeoutMs: 1_000, prefix: "disp:limit", fallback: undefined, onFallback: undefined };
    for (const options of [{}, { burst: undefined, tiers: undefined, timeoutMs: undefined, prefix: undefined }]) {
      expect(resolve(options)).toMatchObject(defaults);
      expect(resolve(options).limits.tiers).toEqual([{ ratePerSecond: 1, burst: 1 }]);
    }
    expect(resolve({ fallback: { share: 0.25 } }).fallback).toEqual({ share: 0.25, probeMs: 1_000 });
    expect(Object.isFrozen(REDIS_RATE_LIMITER_DEFAULTS)).toBe(true);
  });

  it("may have fractional rates, and several tiers, of which a copy is taken", () => {
    expect(resolve({ ratePerSecond: 1 / 86_400 }).limits.tiers[0]?.ratePerSecond).toBe(1 / 86_400);
    const tiers = [{ ratePerSecond: 10, burst: 20 }, { ratePerSecond: 0.5 }];
    const { limits } = resolve({ ratePerSecond: undefined, tiers });
    tiers.pop();
    expect(limits.tiers).toEqual([
      { ratePerSecond: 10, burst: 20 },
      { ratePerSecond: 0.5, burst: 1 },
    ]);
  });

  it.each<[object, string]>([
    [
      { key: "a" },
      `options must be an object with only ${Object.keys(KEYED_NAMES).join(", ")}, got an object with "key"`,
    ],
    [{ burst: null }, "burst must be a number >= 1 and <= 9007199254740991, got null"],
    [{ prefix: null }, "prefix must be a string without braces, got null"],
    [{ timeoutMs: null }, "timeoutMs must be a number > 0 or Infinity, got null"],
    [{ fallback: null }, "fallback must be an object with only share, probeMs, got null"],
    [{ fallback: 0.5 }, "fallback must be an object with only share, probeMs, got 0.5"],
    [
      { fallback: { share: 1, probe: 5 } },
      'fallback must be an object with only share, probeMs, got an object with "pro',
    ],
    [{ fallback: { share: 1, probeMs: null } }, "fallback.probeMs must be a number > 0, got null"],
    [{ onFallback: null }, "onFallback must be a function, got null"],
    [{ ratePerSecond: undefined, tiers: null }, "tiers must be an array of at least one, got null"],
    [
      { ratePerSecond: undefined, tiers: [{ rate: 5 }] },
      'tiers[0] must be an object with only ratePerSecond, burst, got an object with "rate"',
    ],
    [{ ratePerSecond: 0 }, "ratePerSecond must be a number > 0, got 0"],
    [{ ratePerSecond: Infinity }, "ratePerSecond must be a number > 0, got Infinity"],
    [{ ratePerSecond: undefined }, "ratePerSecond must be a number > 0, got undefined"],
    [{ burst: 0.5 }, "burst must be a number >= 1 and <= 9007199254740991, got 0.5"],
    [{ burst: Infinity }, "burst must be a number >= 1 and <= 9007199254740991, got Infinity"],
    [{ ratePerSecond: 1e-9, burst: 2 }, "ratePerSecond must bring back 2 tokens within 30 years, got 1e-9"],
    [{ tiers: [{ ratePerSecond: 1 }] }, "tiers must come without ratePerSecond and burst, got both"],
    [{ ratePerSecond: undefined, tiers: [] }, "tiers must be an array of at least one, got an array of 0"],
    [{ ratePerSecond: undefined, tiers: 7 }, "tiers must be an array of at least one, got 7"],
    [{ ratePerSecond: undefined, tiers: [{ ratePerSecond: 1 }, null] }, "tiers[1] must be an object with only"],
    [
      { ratePerSecond: undefined, tiers: [{ ratePerSecond: -1 }] },
      "tiers[0].ratePerSecond must be a number > 0, got -1",
    ],
    [
      { burst: 1e19, ratePerSecond: 1e10 },
      "burst must be a number >= 1 and <= 9007199254740991, got 10000000000000000000",
    ],
    [{ prefix: 7 }, "prefix must be a string without braces, got 7"],
    [{ prefix: "a{b" }, 'prefix must be a string without braces, got "a{b"'],
    [{ prefix: "}" }, 'prefix must be a string without braces, got "}"'],
    [{ timeoutMs: 0 }, "timeoutMs must be a number > 0 or Infinity, got 0"],
    [{ fallback: {} }, "fallback.share must be a number > 0 and <= 1, got undefined"],
    [{ fallback: { share: 1.5 } }, "fallback.share must be a number > 0 and <= 1, got 1.5"],
    [{ fallback: { share: 1, probeMs: 0 } }, "fallback.probeMs must be a number > 0, got 0"],
    [{ onFallback: 7 }, "onFallback must be a function, got 7"],
  ])("refuse %o", (options, complaint) => {
    expect(() => resolve(options)).toThrow(`Cannot create it: ${complaint}`);
  });

  it("of a lease allow no more tokens than there can be at once", () => {
    const limits = new Limits([{ ratePerSecond: 1, burst: 10 }]);
    const lease = (options: object) => normalizeLease("create it", options as never, limits);
    expect(lease({ tokens: 10 })).toEqual({ tokens: 10, ttlMs: 1_000 });
    expect(() => lease({ tokens: 11 })).toThrow("lease.tokens must be a whole number >= 1 and <= 10, got 11");
    expect(() => lease({ tokens: 1.5 })).toThrow(RangeError);
    expect(() => lease(null as never)).toThrow("lease must be an object with only tokens, ttlMs, got null");
    expect(() => lease({ token: 1 })).toThrow('lease must be an object with only tokens, ttlMs, got an object with "');
    expect(() => lease({ tokens: 1, ttlMs: null })).toThrow("lease.ttlMs must be a number > 0, got null");
    expect(() => lease({ tokens: 1, ttlMs: 0 })).toThrow("lease.ttlMs must be a number > 0, got 0");
  });
});
