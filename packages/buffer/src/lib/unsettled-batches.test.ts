import { describe, expect, it } from "vitest";
import { BatchRecord } from "./batch-record.ts";
import { UnsettledBatches } from "./unsettled-batches.ts";

/** Batches 1, 2, ... in the order in which they were opened. */
function batchesOf(count: number) {
  const batches = new UnsettledBatches<never>();
  const records = Array.from({ length: count }, (_, index) => new BatchRecord<never>(index + 1, 0, false));
  for (const record of records) batches.append(record);
  return { batches, records: records as [BatchRecord<never>, BatchRecord<never>, BatchRecord<never>] };
}

/** The ids of those that live, oldest first. */
function live(batches: UnsettledBatches<never>): number[] {
  const ids: number[] = [];
  for (let record = batches.oldestLive; record !== undefined; record = record.newer) ids.push(record.id);
  return ids;
}

describe("UnsettledBatches", () => {
  it("knows the oldest that lives, in whatever order they settle", () => {
    const { batches, records } = batchesOf(3);
    expect(live(batches)).toEqual([1, 2, 3]);
    batches.settle(records[1]);
    expect(live(batches)).toEqual([1, 3]);
    batches.settle(records[0]);
    expect(live(batches)).toEqual([3]);
    batches.settle(records[2]);
    expect([batches.oldestLive, batches.oldestId]).toEqual([undefined, undefined]);
  });

  it("takes newcomers in at the end, after the newest left too", () => {
    const { batches, records } = batchesOf(3);
    batches.settle(records[2]);
    batches.append(new BatchRecord<never>(4, 0, false));
    expect(live(batches)).toEqual([1, 2, 4]);
  });

  it("still waits for those that were passed over, oldest first, though they live no longer", () => {
    const { batches, records } = batchesOf(3);
    batches.passOver(records[0]);
    batches.passOver(records[1]);
    expect([live(batches), batches.oldestId]).toEqual([[3], 1]);
    batches.settle(records[0]);
    expect(batches.oldestId).toBe(2);
    batches.settle(records[1]);
    expect([live(batches), batches.oldestId]).toEqual([[3], 3]);
  });

  it("lets a batch that left hold on to none of its neighbours", () => {
    const { batches, records } = batchesOf(3);
    batches.settle(records[1]);
    expect([records[1].older, records[1].newer]).toEqual([undefined, undefined]);
  });
});
