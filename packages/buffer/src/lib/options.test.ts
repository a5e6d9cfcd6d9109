import { noRetry } from "@disp/retry";
import { describe, expect, it } from "vitest";
import { BatchBuffer } from "./batch-buffer.ts";
import { BATCH_BUFFER_DEFAULTS, normalize } from "./options.ts";
import { blockNewItems, dropNewest, dropOldestBatch } from "./overflow-policies.ts";

const NAMES = "maxLeases, maxItems, maxSize, maxAgeMs, order, overflow, retry, onDrop";

describe("the options of a BatchBuffer", () => {
  it("are filled in from the defaults", () => {
    expect(normalize()).toMatchObject(BATCH_BUFFER_DEFAULTS);
    expect(normalize({ order: "fifo" }).maxLeases).toBe(1);
  });

  it("are copied: what the caller changes later has no effect", () => {
    const options = { maxItems: 1 };
    const buffer = new BatchBuffer<string>(options);
    options.maxItems = 100;
    buffer.add("a", 0);
    expect(buffer.lease(0)?.batch.items).toEqual(["a"]);
    expect(Object.isFrozen(BATCH_BUFFER_DEFAULTS)).toBe(true);
  });

  const bad: [string, object][] = [
    ["maxLeases must be a whole number >= 1 or Infinity, got 0", { maxLeases: 0 }],
    ["maxItems must be a whole number >= 1 or Infinity, got 1.5", { maxItems: 1.5 }],
    ["maxItems must be a whole number >= 1 or Infinity, got NaN", { maxItems: Number.NaN }],
    ["maxItems must be a whole number >= 1 or Infinity, got -1", { maxItems: -1 }],
    ['maxItems must be a whole number >= 1 or Infinity, got "20"', { maxItems: "20" }],
    ["maxSize must be a number > 0 or Infinity, got 0", { maxSize: 0 }],
    ["maxAgeMs must be a number >= 0 or Infinity, got -1", { maxAgeMs: -1 }],
    ['order must be "ready" or "fifo", got "lifo"', { order: "lifo" }],
    [
      "overflow must be an object with resolve(), decide(), such as blockNewItems({ maxItems: 100 }), got function blockNewItems",
      { overflow: blockNewItems },
    ],
    [
      "retry must be an object with nextDelayMs(), such as exponentialBackoff() of @disp/retry, got",
      { retry: noRetry },
    ],
    [`options must be an object with only ${NAMES}, got an object with "maxItem"`, { maxItems: 3, maxItem: 4 }],
    ["maxLeases must be a whole number >= 1 or Infinity, got null", { maxLeases: null }],
    ["maxItems must be a whole number >= 1 or Infinity, got null", { maxItems: null }],
    ["maxSize must be a number > 0 or Infinity, got null", { maxSize: null }],
    ["maxAgeMs must be a number >= 0 or Infinity, got null", { maxAgeMs: null }],
    ['order must be "ready" or "fifo", got null', { order: null }],
    [
      "overflow must be an object with resolve(), decide(), such as blockNewItems({ maxItems: 100 }), got null",
      { overflow: null },
    ],
    [
      "retry must be an object with nextDelayMs(), such as exponentialBackoff() of @disp/retry, got null",
      { retry: null },
    ],
    ["onDrop must be a function, got null", { onDrop: null }],
    ["onDrop must be a function, got true", { onDrop: true }],
  ];
  it.each(bad)("are refused by path, rule and value: %s", (message, options) => {
    expect(() => new BatchBuffer(options)).toThrow(`Cannot create a BatchBuffer: ${message}`);
  });

  it("are refused when they are no object", () => {
    expect(() => new BatchBuffer(null as never)).toThrow(`options must be an object with only ${NAMES}, got null`);
  });
});

describe("overflow limits", () => {
  it.each([blockNewItems, dropNewest, dropOldestBatch])("are checked by %o", (policy) => {
    expect(() => policy({ maxItems: 0 })).toThrow(`Cannot create ${policy.name}(): maxItems must be a whole number`);
    expect(() => policy({ maxSize: Number.NaN })).toThrow(`Cannot create ${policy.name}(): maxSize must be a number`);
  });

  it.each([
    [5, "5"],
    [null, "null"],
    [{ maxItem: 5 }, 'an object with "maxItem"'],
  ])("are limits by name: %s are none", (limits, printed) => {
    for (const policy of [blockNewItems, dropNewest, dropOldestBatch]) {
      expect(() => policy(limits as never)).toThrow(
        new TypeError(
          `Cannot create ${policy.name}(): limits must be an object with only maxItems, maxSize, got ${printed}`,
        ),
      );
    }
    expect(() => blockNewItems({ maxItems: null as never })).toThrow("maxItems must be a whole number");
  });

  it("derive nothing that was not asked for when one of them is given", () => {
    const policy = blockNewItems({ maxItems: 3 }).resolve({ maxItems: 20, maxSize: 10 });
    expect(policy.decide(2, 1e9, 1)).toBe("accept");
    expect(policy.decide(3, 0, 0)).toBe("refuse");
  });
});
