import { describe, expect, it } from "vitest";
import { type Bucket, Ledger } from "./ledger.ts";

const BUCKETS: readonly Bucket[] = ["unleased", "leased", "droppedLeased", "delivered", "dropped"];

describe("Ledger", () => {
  it("counts every item in exactly one bucket, wherever it is moved", () => {
    const ledger = new Ledger();
    ledger.enter("unleased", 5, 50);
    ledger.enter("dropped", 1, 7);
    ledger.move("unleased", "leased", 4, 40);
    ledger.move("leased", "droppedLeased", 2, 20);
    ledger.move("leased", "delivered", 1, 10);
    expect(BUCKETS.map((bucket) => ledger.amount(bucket))).toEqual([
      { items: 1, size: 10 },
      { items: 1, size: 10 },
      { items: 2, size: 20 },
      { items: 1, size: 10 },
      { items: 1, size: 7 },
    ]);
  });

  it("counts as live what waits and what is leased, and nothing that was passed over or settled", () => {
    const ledger = new Ledger();
    ledger.enter("dropped", 9, 90);
    expect([ledger.liveItems, ledger.liveSize]).toEqual([0, 0]);
    ledger.enter("unleased", 6, 60);
    ledger.move("unleased", "leased", 3, 30);
    ledger.move("leased", "unleased", 1, 10);
    expect([ledger.liveItems, ledger.liveSize]).toEqual([6, 60]);
    ledger.move("leased", "droppedLeased", 1, 10);
    ledger.move("leased", "delivered", 1, 10);
    ledger.move("unleased", "dropped", 1, 10);
    expect([ledger.liveItems, ledger.liveSize]).toEqual([3, 30]);
    ledger.move("droppedLeased", "delivered", 1, 10);
    expect([ledger.liveItems, ledger.liveSize]).toEqual([3, 30]);
  });

  it("is rid of rounding errors whenever a bucket is empty", () => {
    const ledger = new Ledger();
    for (const size of [0.1, 0.2, 0.3]) ledger.enter("unleased", 1, size);
    for (const size of [0.1, 0.2, 0.3]) ledger.move("unleased", "delivered", 1, size);
    expect(ledger.amount("unleased")).toEqual({ items: 0, size: 0 });
    expect([ledger.liveItems, ledger.liveSize]).toEqual([0, 0]);
  });

  it("hands out amounts that do not change later", () => {
    const ledger = new Ledger();
    const before = ledger.amount("unleased");
    ledger.enter("unleased", 1, 1);
    expect(before).toEqual({ items: 0, size: 0 });
  });
});
