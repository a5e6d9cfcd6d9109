import { blockNewItems } from "@disp/buffer";
import { KeyedRateLimiter } from "@disp/ratelimit";
import { describe, expect, it } from "vitest";
import { Dispatcher } from "./dispatcher.ts";
import { DISPATCHER_DEFAULTS, normalize } from "./options.ts";

const send = () => {};

describe("the options of a Dispatcher", () => {
  it("are filled in from the defaults", () => {
    const { maxConcurrency, sendTimeoutMs, heartbeatMs, buffer } = normalize({ send });
    const { batch, ...rest } = DISPATCHER_DEFAULTS;
    expect({ maxConcurrency, sendTimeoutMs, order: buffer.order }).toEqual(rest);
    expect(buffer).toMatchObject(batch);
    expect(heartbeatMs).toBe(Infinity);
    expect(buffer.retry.nextDelayMs(10)).toBeLessThanOrEqual(60_000);
    expect(buffer.retry.nextDelayMs(11)).toBeUndefined();
  });

  it("take one send at a time with order fifo", () => {
    expect(normalize({ send, order: "fifo" }).maxConcurrency).toBe(1);
  });

  const bad: [string, object][] = [
    ["send must be a function, got undefined", { send: undefined }],
    ["batch must be an object with only maxItems, maxSize, maxAgeMs, sizeOf, got 7", { batch: 7 }],
    ["batch.maxItems must be a whole number >= 1 or Infinity, got 0", { batch: { maxItems: 0 } }],
    ["batch.maxSize must be a number > 0 or Infinity, got NaN", { batch: { maxSize: Number.NaN } }],
    ["batch.maxAgeMs must be a number >= 0 or Infinity, got -1", { batch: { maxAgeMs: -1 } }],
    ["batch.sizeOf must be a function, got true", { batch: { sizeOf: true } }],
    ["batch.sizeOf with a maxSize of 10 must be a function, got undefined", { batch: { maxSize: 10 } }],
    ["batch.sizeOf with a maxSize of 5 must be a function", { overflow: blockNewItems({ maxSize: 5 }) }],
    ["maxConcurrency must be a whole number >= 1 or Infinity, got 1.5", { maxConcurrency: 1.5 }],
    ['maxConcurrency must be 1 with order "fifo", got 4', { order: "fifo", maxConcurrency: 4 }],
    ['order must be "ready" or "fifo", got "lifo"', { order: "lifo" }],
    [
      "overflow must be an object with resolve(), decide(), such as blockNewItems({ maxItems: 100 }), got an object",
      { overflow: {} },
    ],
    ["retry must be an object with nextDelayMs(), such as exponentialBackoff() of @disp/retry, got 3", { retry: 3 }],
    ["rateLimit must be one limit with reserve() or wait(), such as a RateLimiter, got an object", { rateLimit: {} }],
    [
      "rateLimit must be one limit with reserve() or wait(), such as a RateLimiter, got an instance of KeyedRateLimiter",
      { rateLimit: new KeyedRateLimiter({ ratePerSecond: 1 }) },
    ],
    ["options must be an object with only send, batch, maxConcurrency, overflow,", { maxConcurency: 2 }],
    [
      'batch must be an object with only maxItems, maxSize, maxAgeMs, sizeOf, got an object with "maxItem"',
      { batch: { maxItem: 2 } },
    ],
    ["batch must be an object with only maxItems, maxSize, maxAgeMs, sizeOf, got null", { batch: null }],
    ["maxConcurrency must be a whole number >= 1 or Infinity, got null", { maxConcurrency: null }],
    ["batch.maxItems must be a whole number >= 1 or Infinity, got null", { batch: { maxItems: null } }],
    ["batch.maxAgeMs must be a number >= 0 or Infinity, got null", { batch: { maxAgeMs: null } }],
    [
      "overflow must be an object with resolve(), decide(), such as blockNewItems({ maxItems: 100 }), got null",
      { overflow: null },
    ],
    [
      "retry must be an object with nextDelayMs(), such as exponentialBackoff() of @disp/retry, got null",
      { retry: null },
    ],
    ['order must be "ready" or "fifo", got null', { order: null }],
    ["heartbeatMs must be a number > 0 or Infinity, got null", { heartbeatMs: null }],
    ["sendTimeoutMs must be a number > 0 or Infinity, got null", { sendTimeoutMs: null }],
    ["signal must be an AbortSignal, got null", { signal: null }],
    ["heartbeatMs must be a number > 0 or Infinity, got 0", { heartbeatMs: 0 }],
    ["sendTimeoutMs must be a number > 0 or Infinity, got -5", { sendTimeoutMs: -5 }],
    ["onError must be a function, got 1", { onError: 1 }],
    ["onDrop must be a function, got 1", { onDrop: 1 }],
    ["onDrained must be a function, got 1", { onDrained: 1 }],
    ["signal must be an AbortSignal, got an instance of AbortController", { signal: new AbortController() }],
  ];
  it.each(bad)("are refused by path, rule and value: %s", (message, options) => {
    expect(() => new Dispatcher({ send, ...options })).toThrow(`Cannot create a Dispatcher: ${message}`);
  });

  it("are refused when there are none", () => {
    expect(() => new Dispatcher(undefined as never)).toThrow("Cannot create a Dispatcher: options must be an object");
  });
});
