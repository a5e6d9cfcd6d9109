import { describe, expect, it, vi } from "vitest";
import { retryAfterMs } from "./retry-after.ts";
import { RetryAfterError } from "./retry-after-error.ts";

const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);

function thrower(): never {
  throw new Error("hostile");
}

describe("retryAfterMs", () => {
  it("reads the error's own retryAfterMs", () => {
    expect(retryAfterMs(new RetryAfterError("Over quota", { retryAfterMs: 250 }))).toBe(250);
    expect(retryAfterMs({ retryAfterMs: 0 })).toBe(0);
  });

  it.each([
    ["Headers", new Headers({ "Retry-After": "3" })],
    ["a plain object", { "Retry-After": "3" }],
    ["a plain object in lower case", { "retry-after": "3" }],
    ["a plain object in upper case", { "RETRY-AFTER": "3" }],
    ["a Map", new Map([["Retry-After", "3"]])],
    ["a list of values", { "retry-after": ["3", "9"] }],
    ["a list whose first value is bad", { "retry-after": ["soon", "3"] }],
    ["a number", { "retry-after": 3 }],
    ["an object that can only be asked", { get: (name: string) => (name === "retry-after" ? "3" : null) }],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { "Retry-After": " 3 " })],
  ])("reads the header from %s", (_kind, headers) => {
    expect(retryAfterMs({ response: { headers } })).toBe(3_000);
    expect(retryAfterMs({ headers })).toBe(3_000);
    expect(retryAfterMs(new Error("outer", { cause: { response: { headers } } }))).toBe(3_000);
  });

  it.each(["Mon, 05 Jan 2026 12:00:30 GMT", "Monday, 05-Jan-26 12:00:30 GMT", "Mon Jan  5 12:00:30 2026"])(
    "reads the date %s, whatever the time zone here",
    (date) => {
      vi.stubEnv("TZ", "Asia/Tokyo");
      expect(retryAfterMs({ headers: { "retry-after": date } }, NOW)).toBe(30_000);
      vi.unstubAllEnvs();
    },
  );

  it("counts dates from now unless told otherwise", () => {
    vi.useFakeTimers({ now: NOW });
    expect(retryAfterMs({ headers: { "retry-after": "Mon, 05 Jan 2026 12:00:01 GMT" } })).toBe(1_000);
    vi.useRealTimers();
  });

  it("asks for no wait when the date is past", () => {
    expect(retryAfterMs({ headers: { "retry-after": "Mon, 05 Jan 2026 11:00:00 GMT" } }, NOW)).toBe(0);
  });

  it.each([
    "",
    " ",
    "soon",
    "-5",
    "1e3",
    "0x10",
    "5 seconds",
    "2026-01-05T12:00:30Z",
    "Monday",
    "Mon, 99 Foo 2026 12:00:30 GMT",
    "9".repeat(400),
    -1,
    NaN,
    Infinity,
    null,
    {},
    true,
  ])("ignores the header value %o", (value) => {
    expect(retryAfterMs({ headers: { "retry-after": value } }, NOW)).toBeUndefined();
  });

  it.each([-1, NaN, Infinity, "5", null, 5n])("ignores a retryAfterMs of %s", (value) => {
    expect(retryAfterMs({ retryAfterMs: value })).toBeUndefined();
    expect(retryAfterMs({ retryAfterMs: value, headers: { "retry-after": "1" } })).toBe(1_000);
  });

  it.each([undefined, null, "429", 429, Symbol("s"), () => {}, [], { response: null }, { headers: "retry-after: 1" }])(
    "finds nothing in %s",
    (error) => {
      expect(retryAfterMs(error)).toBeUndefined();
    },
  );

  it("survives errors whose properties throw", () => {
    const hostile = {
      get retryAfterMs() {
        return thrower();
      },
      get response() {
        return thrower();
      },
      headers: new Proxy({}, { ownKeys: thrower, get: thrower, has: thrower }),
      cause: { headers: { get: thrower, [Symbol.iterator]: thrower }, cause: { retryAfterMs: 5 } },
    };
    expect(retryAfterMs(hostile)).toBe(5);
  });

  it("prefers the outermost hint of a chain of causes", () => {
    expect(retryAfterMs({ retryAfterMs: 1, cause: { retryAfterMs: 2 } })).toBe(1);
  });

  it("ends in a circle of causes", () => {
    const error: { cause?: unknown } = {};
    error.cause = error;
    expect(retryAfterMs(error)).toBeUndefined();
  });

  it.each([NaN, Infinity])("refuses %s for the time", (nowDate) => {
    expect(() => retryAfterMs({}, nowDate)).toThrow(RangeError);
  });
});
