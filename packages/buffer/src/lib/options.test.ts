import { noRetry } from "@disp/retry";
import { describe, expect, it } from "vitest";
import { BatchBuffer } from "./batch-buffer.ts";
import { BATCH_BUFFER_DEFAULTS, normalize } from "./options.ts";
import { blockNewItems, dropNewest, dropOldestBatch } from "./overflow-policies.ts";

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
    ["overflow must be an object with resolve(), decide(), got function blockNewItems", { overflow: blockNewItems }],
    ["retry must be an object with nextDelayMs(), got function noRetry", { retry: noRetry }],
    ["onDrop must be a function, got true", { onDrop: true }],
  ];
  it.each(bad)("are refused by path, rule and value: %s", (message, options) => {
    expect(() => new BatchBuffer(options)).toThrow(`Cannot create a BatchBuffer: ${message}`);
  });

  it("are refused when they are no object", () => {
    expect(() => new BatchBuffer(null as never)).toThrow("options must be an object, got null");
  });
});

describe("overflow limits", () => {
  it.each([blockNewItems, dropNewest, dropOldestBatch])("are checked by %o", (policy) => {
    expect(() => policy({ maxItems: 0 })).toThrow(`Cannot create ${policy.name}(): maxItems must be a whole number`);
    expect(() => policy({ maxSize: Number.NaN })).toThrow(`Cannot create ${policy.name}(): maxSize must be a number`);
  });

  it("derive nothing that was not asked for when one of them is given", () => {
    const policy = blockNewItems({ maxItems: 3 }).resolve({ maxItems: 20, maxSize: 10 });
    expect(policy.decide(2, 1e9, 1)).toBe("accept");
    expect(policy.decide(3, 0, 0)).toBe("refuse");
  });
});
