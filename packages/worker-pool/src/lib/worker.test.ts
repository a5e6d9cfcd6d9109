import { describe, expect, it, vi } from "vitest";
import { Job } from "./job.ts";
import { RunContext } from "./run-context.ts";
import { Worker } from "./worker.ts";

describe("Worker", () => {
  it("is at one job from begin to end, and keeps its deadline", () => {
    const worker = new Worker<undefined>(undefined, () => {});
    const job = new Job<undefined>(
      () => 1,
      { timeoutMs: 50, timeoutName: "taskTimeoutMs", retry: undefined },
      { at: 0 },
    );
    worker.begin(job, new RunContext(undefined, 1), 100);
    expect(worker).toMatchObject({ job, startedAt: 100, timesOutAt: 150 });
    worker.isOverdue = true;
    worker.end();
    expect(worker).toMatchObject({ job: undefined, context: undefined, timesOutAt: Infinity, isOverdue: false });
  });

  it("tells how its attempt has ended, and whose it was", () => {
    const onSettled = vi.fn();
    const worker = new Worker<undefined>(undefined, onSettled);
    worker.onFulfilled(1);
    worker.onRejected("no");
    expect(onSettled.mock.calls).toEqual([
      [worker, true, 1],
      [worker, false, "no"],
    ]);
  });
});
