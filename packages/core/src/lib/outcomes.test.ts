import { type BufferStats, type Drop, ItemTooLargeError, ItemTooSmallError } from "@disp/buffer";
import { describe, expect, it } from "vitest";
import { Outcomes } from "./outcomes.ts";

const amount = (items: number) => ({ items, size: 0 });

function stats(total: number, delivered: number, dropped: number): BufferStats {
  const none = amount(0);
  const now = { unleased: none, leased: none, droppedLeased: none, batches: 0, leases: 0, empty: true };
  return { ...now, total: amount(total), delivered: amount(delivered), dropped: amount(dropped) };
}

const drop = (items: number[], reason: Drop<number>["reason"]): Drop<number> => ({ items, reason, attempts: 1 });

describe("Outcomes", () => {
  it("counts drops by reason and tells onDrop", () => {
    const told: unknown[] = [];
    const outcomes = new Outcomes<number>((each) => told.push(each.reason));
    outcomes.hearDrop(drop([1, 2], "overflow"));
    outcomes.hearDrop(drop([3], "rejected"));
    expect(told).toEqual(["overflow", "rejected"]);
    expect(outcomes.summary(stats(0, 4, 3))).toMatchObject({
      accepted: 7,
      delivered: 4,
      dropped: { overflow: 2, rejected: 1, aborted: 0 },
      abandoned: 0,
    });
  });

  it("counts what is dropped while abandoning apart, and tells nobody", () => {
    const told: unknown[] = [];
    const outcomes = new Outcomes<number>((each) => told.push(each));
    outcomes.whileAbandoning(() => outcomes.hearDrop(drop([1, 2], "aborted")));
    outcomes.hearDrop(drop([3], "aborted"));
    expect(told).toHaveLength(1);
    expect(outcomes.summary(stats(0, 0, 3))).toMatchObject({ accepted: 3, dropped: { aborted: 1 }, abandoned: 2 });
  });

  it("accepts an item that fits no batch only to drop it", () => {
    const told: Drop<number>[] = [];
    const outcomes = new Outcomes<number>((each) => told.push(each));
    const tooLarge = new ItemTooLargeError(11, 10);
    expect(outcomes.dropUnfit(11, tooLarge)).toBe(true);
    expect(outcomes.dropUnfit(0, new ItemTooSmallError(0, "> 0"))).toBe(true);
    expect(outcomes.dropUnfit(5, new Error("something else"))).toBe(false);
    expect(told[0]).toEqual({ items: [11], reason: "too-large", error: tooLarge, attempts: 0 });
    expect(outcomes.summary(stats(0, 0, 0))).toMatchObject({
      accepted: 2,
      dropped: { "too-large": 1, "too-small": 1 },
    });
  });

  it("hands out summaries that later drops do not change", () => {
    const outcomes = new Outcomes<number>(() => {});
    const before = outcomes.summary(stats(0, 0, 0));
    outcomes.hearDrop(drop([1], "overflow"));
    expect(before.dropped.overflow).toBe(0);
  });
});
