import { describe, expect, it } from "vitest";
import { Stopwatch } from "./metric.ts";

const BATCH = { key: "a", lane: 0, openedAt: 5, live: 1, cancelledCount: 0 };

describe("Stopwatch", () => {
  it("adds up each phase over replays, and counts pauses in the total only", () => {
    const watch = new Stopwatch(BATCH, 100);
    watch.enter("load", 101);
    watch.enter("operation", 103);
    watch.enter("save", 107);
    watch.enter(undefined, 115);
    watch.enter("load", 1_000);
    watch.enter("operation", 1_016);
    watch.enter("save", 1_048);
    expect(watch.stop(1_112, { saved: true, replays: 1, error: undefined })).toEqual({
      ...{ key: "a", lane: 0, startedAt: 5, operations: 1, cancelled: 0, waitMs: 95 },
      ...{ lockMs: undefined, loadMs: 2 + 16, operationsMs: 4 + 32, saveMs: 8 + 64, totalMs: 1_107 },
      ...{ saved: true, replays: 1, error: undefined },
    });
  });

  it("counts a phase up to its end when the batch ends in it, and none that was not begun", () => {
    const watch = new Stopwatch(BATCH, 10);
    watch.enter("load", 10);
    const metric = watch.stop(17, { saved: false, replays: 0, error: undefined });
    expect(metric).toMatchObject({ waitMs: 5, loadMs: 7, operationsMs: 0, saveMs: 0, totalMs: 12 });
  });

  it("knows the wait for a lock from all other waits", () => {
    const watch = new Stopwatch(BATCH, 10);
    watch.enter("lock", 10);
    watch.enter("load", 13);
    watch.enter("operation", 18);
    expect(watch.stop(18, { saved: false, replays: 0, error: undefined })).toMatchObject({
      ...{ waitMs: 5, lockMs: 3, loadMs: 5, totalMs: 13 },
    });
  });
});
