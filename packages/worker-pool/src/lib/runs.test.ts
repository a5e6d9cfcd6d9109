import { fixedDelay } from "@disp/retry";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { TaskTimeoutError } from "./errors.ts";
import type { TaskFailure } from "./failure.ts";
import { Job, type JobTerms } from "./job.ts";
import { JobLine } from "./job-line.ts";
import { Runs } from "./runs.ts";
import type { Task } from "./task.ts";
import { Worker } from "./worker.ts";

const TERMS: JobTerms = { timeoutMs: 100, timeoutName: "taskTimeoutMs", retry: undefined };

describe("Runs", () => {
  let line: JobLine<undefined>;
  let failures: TaskFailure<undefined>[];
  let runs: Runs<undefined>;
  let worker: Worker<undefined>;

  beforeEach(() => {
    failures = [];
    line = new JobLine("fifo", TERMS);
    runs = new Runs(line, (failure) => void failures.push(failure));
    worker = new Worker<undefined>(undefined, (who, succeeded, outcome) => {
      runs.settle(who, succeeded, outcome, 40);
      who.end();
    });
  });

  const jobOf = (task: Task, terms = TERMS) => {
    const job = new Job<undefined>(task, terms, { at: 0 });
    job.resolve = vi.fn();
    job.reject = vi.fn();
    return job;
  };

  it("settles a task that returns nothing, or throws, within start", () => {
    const done = jobOf(() => undefined);
    runs.start(done, worker, 10);
    expect(done.resolve).toHaveBeenCalledWith(undefined);
    const failed = jobOf(() => {
      throw "no";
    });
    runs.start(failed, worker, 10);
    expect(failed.reject).toHaveBeenCalledWith("no");
    expect(runs.total).toEqual({ completed: 1, failed: 1 });
  });

  it("measures the wait before the first attempt, and each attempt", () => {
    runs.start(
      jobOf(() => undefined),
      worker,
      10,
    );
    expect([runs.waits.percentiles().max, runs.times.percentiles().max]).toEqual([10, 30]);
  });

  it("tells who takes too long, once, and ignores what comes of it later", async () => {
    const job = jobOf(async () => "late");
    runs.start(job, worker, 10);
    expect(runs.nextTimeoutAt).toBe(110);
    runs.expire([worker], 109);
    expect(job.reject).not.toHaveBeenCalled();
    runs.expire([worker], 110);
    runs.expire([worker], 111);
    expect(runs.nextTimeoutAt).toBe(210);
    runs.expire([worker], 210);
    expect(worker.isStuck).toBe(true);
    expect(vi.mocked(job.reject)?.mock.calls).toEqual([[new TaskTimeoutError(100, "taskTimeoutMs")]]);
    expect([runs.timedOut, runs.overdue, runs.nextTimeoutAt]).toEqual([1, 1, Infinity]);
    await Promise.resolve();
    expect(job.resolve).not.toHaveBeenCalled();
    expect([runs.overdue, worker.isStuck, runs.total]).toEqual([0, false, { completed: 0, failed: 1 }]);
  });

  it("delays a job that may be tried again, also when the pool stops: then it is handed back", () => {
    const terms = { timeoutMs: 100, timeoutName: "taskTimeoutMs", retry: fixedDelay({ delayMs: 5 }) };
    const fail = () => {
      throw "no";
    };
    const job = jobOf(fail, terms);
    runs.start(job, worker, 10);
    expect([job.state, line.nextDueAt]).toEqual(["delayed", 45]);
    runs.abort([], "quit");
    const last = jobOf(fail, terms);
    runs.start(last, worker, 10);
    expect([last.state, line.clear()]).toEqual(["delayed", [job, last]]);
  });

  it("aborts the attempt of a job that is called off, and takes a waiting one out of the line", () => {
    const running = jobOf(() => new Promise(() => {}));
    runs.start(running, worker, 0);
    const signal = worker.context?.signal;
    const waiting = jobOf(() => 1);
    line.add(waiting, { at: 0 });
    runs.callOff(running, "off");
    runs.callOff(waiting, "off");
    expect([signal?.reason, line.size]).toEqual(["off", 0]);
    for (const job of [running, waiting]) expect(job.reject).toHaveBeenCalledWith("off");
  });

  it("gives up attempts that nobody waits for any more", () => {
    const job = jobOf(() => new Promise(() => {}));
    runs.start(job, worker, 0);
    runs.abandon([worker], "deadline");
    runs.abandon([worker], "deadline");
    expect(vi.mocked(job.reject)?.mock.calls).toEqual([["deadline"]]);
    expect([runs.overdue, runs.recent]).toEqual([1, { completed: 0, failed: 1 }]);
  });

  it("tells of the failure of a job that nobody waits for", () => {
    const task = () => {
      throw "no";
    };
    runs.start(new Job<undefined>(task, TERMS, { at: 0 }), worker, 0);
    expect(failures).toEqual([{ kind: "task", error: "no", task, attempt: 1 }]);
  });
});
