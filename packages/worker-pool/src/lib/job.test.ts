import { describe, expect, it, vi } from "vitest";
import { Job, JobWatch } from "./job.ts";

const made = () =>
  new Job<undefined>(() => 1, { timeoutMs: 1, timeoutName: "taskTimeoutMs", retry: undefined }, { at: 0 });

describe("Job", () => {
  it("hears of its signal, with the reason, until it is over", () => {
    const controller = new AbortController();
    const onAbort = vi.fn();
    const [first, second] = [made(), made()];
    for (const job of [first, second]) job.watch = new JobWatch(job, controller.signal, onAbort);
    second.end();
    controller.abort("reason");
    expect(onAbort.mock.calls).toEqual([[first, "reason"]]);
    expect([first.state, second.state]).toEqual(["waiting", "over"]);
  });

  it("needs no signal to end", () => {
    const job = made();
    job.end();
    expect(job.state).toBe("over");
  });
});
