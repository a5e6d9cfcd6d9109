import { describe, expect, it } from "vitest";
import { BatchRecord } from "./batch-record.ts";
import type { Receipt } from "./receipt.ts";

const receipt: Receipt = { delivered: () => {}, dropped: () => {} };

describe("the contents of a batch record", () => {
  it("have no sizes and no receipts while no item came with one", () => {
    const record = new BatchRecord<string>(1, 0, false);
    record.append("a", undefined, undefined);
    expect(record).toMatchObject({ items: ["a"], sizes: undefined, receipts: undefined, size: 0 });
  });

  it("stay aligned whichever of them come with a size or a receipt", () => {
    const record = new BatchRecord<string>(1, 0, false);
    record.append("a", undefined, undefined);
    record.append("b", 2, undefined);
    record.append("c", undefined, receipt);
    record.append("d", 4, undefined);
    expect(record.items).toEqual(["a", "b", "c", "d"]);
    expect(record.sizes).toEqual([0, 2, 0, 4]);
    expect(record.receipts).toEqual([undefined, undefined, receipt, undefined]);
    expect(record.size).toBe(6);
  });

  it("are parted into what is kept and what is handed back, each with its sizes and receipts", () => {
    const record = new BatchRecord<string>(1, 0, false);
    record.append("a", 1, receipt);
    record.append("b", 2, undefined);
    record.append("c", 4, receipt);
    const { items } = record;
    expect(record.retain([false, true, false])).toEqual({ items: ["a", "c"], size: 5, receipts: [receipt, receipt] });
    expect(record).toMatchObject({ items: ["b"], sizes: [2], receipts: [undefined], size: 2 });
    expect(items).toEqual(["a", "b", "c"]);
  });

  it("are parted without sizes and receipts, too", () => {
    const record = new BatchRecord<string>(1, 0, false);
    record.append("a", undefined, undefined);
    record.append("b", undefined, undefined);
    expect(record.retain([true, false])).toEqual({ items: ["b"], size: 0, receipts: undefined });
    expect(record).toMatchObject({ items: ["a"], sizes: undefined, receipts: undefined });
  });
});

describe("a batch record", () => {
  it("tells where its items are counted while it is leased", () => {
    const record = new BatchRecord<string>(1, 0, false);
    record.place = "leased";
    expect(record.leasedBucket).toBe("leased");
    record.place = "passed-over";
    expect(record.leasedBucket).toBe("droppedLeased");
  });

  it("says of a drop how often it was tried, and why it failed only if somebody knows", () => {
    const record = new BatchRecord<string>(7, 0, false);
    record.attempts = 2;
    const drop = { items: ["a"], reason: "rejected", attempts: 2, batchId: 7 };
    expect(record.dropOf(["a"], "rejected", null)).toStrictEqual({ ...drop, error: null });
    expect(record.dropOf(["a"], "rejected", undefined)).toStrictEqual(drop);
  });
});
