import { noRetry } from "@disp/retry";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Foreman } from "./foreman.ts";
import { Job } from "./job.ts";
import { normalize, type WorkerPoolOptions } from "./options.ts";
import type { Task } from "./task.ts";

const hooks = { onRoom: vi.fn(), onQuit: vi.fn() };
const never = () => new Promise(() => {});

function foremanOf<W = undefined>(options: WorkerPoolOptions<W>): Foreman<W> {
  return new Foreman(normalize(options), { timeoutMs: 1_000, timeoutName: "taskTimeoutMs", retry: undefined }, hooks);
}

function admit<W>(foreman: Foreman<W>, task: Task<unknown, W>, timeoutMs = 1_000): Job<W> {
  const { turn } = foreman;
  const job = new Job(task, { timeoutMs, timeoutName: "taskTimeoutMs", retry: noRetry() }, turn);
  job.reject = vi.fn();
  foreman.admit(job, turn);
  return job;
}

describe("Foreman", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    for (const hook of Object.values(hooks)) hook.mockReset();
  });

  afterEach(() => void vi.useRealTimers());

  it("moves along the ways that statuses have, and no other", async () => {
    const foreman = foremanOf({ maxWorkers: 1 });
    const seen = [foreman.status];
    const step = (act: () => void) => {
      act();
      seen.push(foreman.status);
    };
    step(() => foreman.run());
    step(() => foreman.run());
    admit(foreman, never);
    step(() => foreman.quit(true, Infinity));
    step(() => foreman.run());
    step(() => foreman.quit(false, Infinity));
    step(() => foreman.quit(true, Infinity));
    await vi.advanceTimersByTimeAsync(1_000);
    seen.push(foreman.status);
    step(() => foreman.run());
    expect(seen).toEqual([
      ...["stopped", "running", "running", "draining", "draining", "stopping", "stopping", "stopped", "running"],
    ]);
  });

  it("keeps one timer for all deadlines, and moves it", async () => {
    const foreman = foremanOf({ maxWorkers: 4, scaleDownAfterMs: 10_000 });
    foreman.run();
    const jobs = [300, 100, 200].map((timeoutMs) => admit(foreman, never, timeoutMs));
    expect(vi.getTimerCount()).toBe(1);
    const rejected = () => jobs.map((job) => vi.mocked(job.reject)?.mock.calls.length);
    await vi.advanceTimersByTimeAsync(100);
    expect(rejected()).toEqual([0, 1, 0]);
    await vi.advanceTimersByTimeAsync(200);
    expect(rejected()).toEqual([1, 1, 1]);
  });

  it("says that there is room for as many as may wait or begin", () => {
    const foreman = foremanOf({ maxWorkers: 2, maxQueued: 3 });
    expect(foreman.free).toBe(3);
    foreman.run();
    expect(foreman.free).toBe(5);
    for (let n = 0; n < 4; n += 1) admit(foreman, never);
    expect([foreman.free, foreman.stats().running, foreman.stats().queued]).toEqual([1, 2, 2]);
    expect(hooks.onRoom).toHaveBeenCalled();
  });

  it("fails whoever is next when no worker can be made, and only that one", async () => {
    const create = vi.fn(() => "worker").mockRejectedValueOnce("down");
    const foreman = foremanOf({ maxWorkers: 1, worker: { create, retry: noRetry() }, onError: () => {} });
    foreman.run();
    const first = admit(foreman, () => undefined);
    const second = admit(foreman, () => undefined);
    await vi.advanceTimersByTimeAsync(0);
    expect(first.reject).toHaveBeenCalledWith("down");
    expect(second.reject).not.toHaveBeenCalled();
    expect([first.state, second.state]).toEqual(["over", "over"]);
  });

  it("waits at quit for workers to be destroyed, but not beyond its deadline", async () => {
    const destroy = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
    const foreman = foremanOf({ maxWorkers: 1, minWorkers: 1, worker: { create: () => 1, destroy } });
    foreman.run();
    await vi.advanceTimersByTimeAsync(0);
    foreman.quit(false, Infinity);
    await vi.advanceTimersByTimeAsync(99);
    expect(hooks.onQuit).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(hooks.onQuit).toHaveBeenCalledTimes(1);
    foreman.run();
    await vi.advanceTimersByTimeAsync(0);
    foreman.quit(false, 10);
    await vi.advanceTimersByTimeAsync(10);
    expect(hooks.onQuit).toHaveBeenCalledTimes(2);
    expect(foreman.status).toBe("stopped");
  });
});
