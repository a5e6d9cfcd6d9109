import { fixedDelay } from "@disp/retry";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { turn } from "../../../../tooling/observe.ts";
import { FailureReports } from "./failure-reports.ts";
import { Job, RUNNING, WAITING } from "./job.ts";
import { normalize, type BackgroundProcessorOptions } from "./options.ts";
import { Runner } from "./runner.ts";
import { Tally } from "./stats.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const FAILED = new Error("failed");

function setUp(options: Partial<BackgroundProcessorOptions<string>> = {}) {
  const heard: string[] = [];
  const tally = new Tally();
  const runner: Runner<string> = new Runner<string>({
    options: normalize<string>({ process: (arg) => void heard.push(`run ${arg}`), ...options }),
    tally,
    reports: new FailureReports<string>(({ arg }) => void heard.push(`report ${arg}`)),
    onTurn: (job) => {
      job.isTrailing = false;
      heard.push(`turn ${job.arg}`);
    },
    onOver: (job) => void heard.push(`over ${job.arg}`),
    onLeftOver: (job) => void heard.push(`left ${job.arg}`),
  });
  return { runner, heard, tally };
}

const job = (arg: string) => Object.assign(new Job(arg, arg, 0), { state: WAITING });

describe("Runner", () => {
  it("starts a job when the burst of calls is over and a slot is idle", async () => {
    const { runner, heard, tally } = setUp();
    runner.add(job("a"));
    expect([heard, runner.waiting]).toEqual([[], 1]);
    await Promise.resolve();
    expect(heard).toEqual(["run a", "over a"]);
    expect([tally.completed, runner.running, runner.waiting]).toEqual([1, 0, 0]);
  });

  it("shows a job that runs, and starts the next when it is over", async () => {
    let finish: () => void = () => {};
    const { runner, heard } = setUp({ process: () => new Promise<void>((resolve) => (finish = resolve)) });
    const [first, second] = [job("a"), job("b")];
    runner.add(first);
    runner.add(second);
    await Promise.resolve();
    expect([runner.runningJobs(), first.state, second.state]).toEqual([[first], RUNNING, WAITING]);
    finish();
    await turn();
    expect([heard, runner.runningJobs()]).toEqual([["over a"], [second]]);
  });

  it("tells of a failure when the job is over", async () => {
    const process = () => {
      throw FAILED;
    };
    const { runner, heard, tally } = setUp({ process });
    runner.add(job("a"));
    await Promise.resolve();
    expect(heard).toEqual(["over a", "report a"]);
    expect([tally.failed, tally.completed]).toEqual([1, 0]);
  });

  it("gives a trailing job its turn at its time, behind those in line", async () => {
    const { runner, heard } = setUp();
    const trailing = Object.assign(job("t"), { isTrailing: true });
    runner.addAt(trailing, performance.now() + 10);
    runner.pump();
    await vi.advanceTimersByTimeAsync(10);
    expect(heard).toEqual(["turn t", "run t", "over t"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rests after a thousand jobs that do not wait", async () => {
    const { runner, heard } = setUp({ process: () => {} });
    for (let index = 0; index < 3_000; index += 1) runner.add(job(String(index)));
    await Promise.resolve();
    expect(heard).toHaveLength(1_024);
    expect(runner.waiting).toBe(3_000 - 1_024);
    vi.useRealTimers();
    while (runner.waiting > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toHaveLength(3_000);
  });

  it("halted starts nothing more, hands over what waits, and leaves over what would be tried again", async () => {
    let fail: (error: unknown) => void = () => {};
    const { runner, heard } = setUp({
      process: () => new Promise<void>((_, reject) => (fail = reject)),
      retry: fixedDelay({ delayMs: 1 }),
    });
    for (const arg of ["a", "b", "c"]) runner.add(job(arg));
    await Promise.resolve();
    expect(runner.halt().map(({ arg }) => arg)).toEqual(["b", "c"]);
    runner.abort(new Error("enough"));
    fail(FAILED);
    await turn();
    expect(heard).toEqual(["left a"]);
    expect([runner.running, runner.waiting, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });

  it("does not listen to what it has abandoned", async () => {
    let finish: () => void = () => {};
    const { runner, heard, tally } = setUp({ process: () => new Promise<void>((resolve) => (finish = resolve)) });
    const abandoned = job("a");
    runner.add(abandoned);
    await Promise.resolve();
    expect(runner.abandon()).toEqual([abandoned]);
    finish();
    await turn();
    expect([heard, tally.completed, runner.running]).toEqual([[], 0, 0]);
  });

  it("knows its jobs apart though they end in another order than they began, and some after it was told to wait no longer", async () => {
    const ends = new Map<string, () => void>();
    const { runner, heard, tally } = setUp({
      concurrency: Infinity,
      process: (arg) => new Promise<void>((resolve) => ends.set(arg, resolve)),
    });
    const jobs = ["a", "b", "c", "d", "e"].map((arg, id) => Object.assign(job(arg), { id }));
    for (const each of jobs) runner.add(each);
    await Promise.resolve();
    const end = (...args: string[]) => {
      for (const arg of args) ends.get(arg)?.();
      return turn();
    };
    await end("a", "d");
    const [, b, c, , e] = jobs;
    expect([runner.runningJobs(), runner.running]).toEqual([[b, c, e], 3]);
    await end("e");
    expect(runner.runningJobs()).toEqual([b, c]);
    // One has ended, and has not been heard of, when the others are abandoned.
    ends.get("b")?.();
    expect(runner.abandon()).toEqual([b, c]);
    await end("c");
    expect(heard).toEqual(["over a", "over d", "over e"]);
    expect([tally.completed, runner.running, runner.runningJobs()]).toEqual([3, 0, []]);
  });
});
