import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { turn } from "../../../../tooling/observe.ts";
import { Admission } from "./admission.ts";
import { Departures } from "./departures.ts";
import { HoldReleaseError } from "./errors.ts";
import { FailureReports } from "./failure-reports.ts";
import { HoldBook } from "./hold-book.ts";
import { HoldKeeper } from "./hold-keeper.ts";
import { Job, OVER, RELEASING, RUNNING } from "./job.ts";
import { JobTable } from "./job-table.ts";
import { type JobFailure, normalize } from "./options.ts";
import { Tally } from "./stats.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const table = new JobTable<string>();
  const keeper = new HoldKeeper<Job<string>>(300, table, () => {});
  const localHolds = new HoldBook();
  const failures: JobFailure<string>[] = [];
  const released: number[] = [];
  const again: { job: Job<string>; readyAt: number }[] = [];
  const onGone = vi.fn();
  const reports = new FailureReports<string>((failure) => void failures.push(failure));
  const admission = new Admission<string>({
    options: normalize<string>({ process: () => {} }),
    table,
    keeper,
    localHolds,
    tally: new Tally(),
    reports,
    onAdmitted: () => {},
    onTurnedAway: () => {},
    onLate: () => {},
  });
  const departures = new Departures<string>({
    table,
    keeper,
    localHolds,
    reports,
    admission,
    onAgain: (job, readyAt) => void again.push({ job, readyAt }),
    onGone,
  });
  const release = vi.fn((ms: number) => {
    released.push(ms);
    return Promise.resolve();
  });
  /** A job that has run for 10 of the 100 ms it holds its key. */
  const runningLocally = () => {
    const job = Object.assign(new Job("a", "arg", 100), { state: RUNNING, heldUntil: performance.now() + 90 });
    table.enter(job);
    return job;
  };
  const running = (hold: { release: (ms: number) => Promise<void> } = { release }) => {
    const job = runningLocally();
    keeper.keep(job, { renew: () => Promise.resolve(true), ...hold });
    return job;
  };
  return { departures, table, keeper, localHolds, failures, released, again, onGone, running, runningLocally };
}

describe("Departures", () => {
  it("release what remains of the hold, and free the key here when the store has answered", async () => {
    const { departures, table, released, onGone, running } = setUp();
    const job = running();
    departures.end(job);
    expect([released, departures.releasing, job.state, table.get("a")]).toEqual([[90], 1, RELEASING, job]);
    expect(onGone).not.toHaveBeenCalled();
    await turn();
    expect([departures.releasing, job.state, table.size]).toEqual([0, OVER, 0]);
    expect(onGone).toHaveBeenCalledTimes(1);
  });

  it("hand a job back with its key free, but for the hold of a run before it", () => {
    const { departures, table, released, running } = setUp();
    departures.handBack(running());
    table.bump();
    departures.handBack(Object.assign(running(), { isTrailing: true }));
    expect(released).toEqual([0, 90]);
  });

  it("hold a key here that was scheduled without the store", () => {
    const { departures, localHolds, table, runningLocally } = setUp();
    const begin = performance.now();
    departures.end(runningLocally());
    expect(table.size).toBe(0);
    expect([localHolds.isHeld("a", begin + 89), localHolds.isHeld("a", begin + 90)]).toEqual([true, false]);
    departures.handBack(runningLocally());
    expect(localHolds.size).toBe(1);
  });

  it("do not hold a key here whose hold was lost", () => {
    const { departures, keeper, localHolds, table, running } = setUp();
    const job = running();
    keeper.letGo(job);
    table.leave(job);
    departures.end(job);
    expect([localHolds.size, job.state]).toEqual([0, OVER]);
  });

  it("leave the hold of an abandoned job to itself", () => {
    const { departures, keeper, table, released, running } = setUp();
    departures.abandon(running());
    expect([released, keeper.held, table.size]).toEqual([[], 0, 0]);
  });

  it("put what was remembered in the place of the job, with its hold, until that would have passed", () => {
    const { departures, keeper, table, again, released, running } = setUp();
    const job = running();
    job.again = { id: 7, arg: "newest", holdMs: 5 };
    departures.end(job);
    const next = table.get("a");
    expect(again).toEqual([{ job: next, readyAt: job.heldUntil }]);
    expect(next).toMatchObject({ id: 7, arg: "newest", holdMs: 5, isTrailing: true, attempt: 0 });
    expect([job.hold, next?.hold === undefined, keeper.held, released]).toEqual([undefined, false, 1, []]);
  });

  it("report a release that fails, and free the key here", async () => {
    const { departures, table, failures, onGone, running } = setUp();
    const away = new Error("away");
    departures.end(running({ release: () => Promise.reject(away) }));
    await turn();
    expect(failures).toEqual([{ key: "a", arg: "arg", error: new HoldReleaseError("a", away), attempt: 0 }]);
    expect([table.size, departures.releasing, onGone.mock.calls.length]).toEqual([0, 0, 1]);
  });

  it("return a hold that came late, and report it if that fails", async () => {
    const { departures, failures, released } = setUp();
    const renew = () => Promise.resolve(true);
    const job = new Job("a", "arg", 5);
    departures.returnLate(job, { renew, release: (ms) => Promise.resolve(void released.push(ms)) });
    departures.returnLate(job, { renew, release: () => Promise.reject(new Error("away")) });
    await turn();
    expect(released).toEqual([0]);
    expect(failures).toMatchObject([{ error: { code: "DISP_HOLD_RELEASE" } }]);
  });
});
