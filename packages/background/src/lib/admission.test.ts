import { describe, expect, it } from "vitest";
import { Admission } from "./admission.ts";
import { FailureReports } from "./failure-reports.ts";
import { HoldBook } from "./hold-book.ts";
import { HoldKeeper } from "./hold-keeper.ts";
import { type Job, RUNNING, WAITING } from "./job.ts";
import { JobTable } from "./job-table.ts";
import { MemoryDedupStore } from "./memory-dedup-store.ts";
import { type BackgroundProcessorOptions, normalize } from "./options.ts";
import { Tally } from "./stats.ts";

function setUp(options: Partial<BackgroundProcessorOptions<string>> = {}) {
  const admitted: Job<string>[] = [];
  const late: Job<string>[] = [];
  let turnedAway = 0;
  const table = new JobTable<string>();
  const tally = new Tally();
  const localHolds = new HoldBook();
  const keeper = new HoldKeeper<Job<string>>(300, table, () => {});
  const admission = new Admission<string>({
    options: normalize<string>({ process: () => {}, dedup: new MemoryDedupStore(), ...options }),
    table,
    keeper,
    localHolds,
    tally,
    reports: new FailureReports<string>(() => {}),
    onAdmitted: (job) => void admitted.push(job),
    onTurnedAway: () => {
      turnedAway += 1;
    },
    onLate: (job) => void late.push(job),
  });
  const first = () => admitted[0] as Job<string>;
  return { admission, admitted, first, late, table, tally, localHolds, keeper, turnedAway: () => turnedAway };
}

describe("Admission", () => {
  it("reserves the key at once, and lets the job in when the store has given it", async () => {
    const { admission, admitted, table, keeper, first } = setUp();
    const answer = admission.schedule("a", "arg", 5);
    expect([table.size, admission.asking, admitted]).toEqual([1, 1, []]);
    expect(await answer).toEqual({ scheduled: true });
    expect(first()).toMatchObject({ key: "a", arg: "arg", holdMs: 5, state: WAITING, isCurrent: true });
    expect([admission.asking, keeper.held]).toEqual([0, 1]);
    keeper.letGo(first());
  });

  it("lets a job in at once when there is no store", async () => {
    const { admission, admitted, table, keeper } = setUp({ dedup: undefined });
    const answer = admission.schedule("a", "arg", 5);
    expect([table.size, admission.asking, admitted.length, keeper.held]).toEqual([1, 0, 1, 0]);
    expect(await answer).toEqual({ scheduled: true });
    expect(await admission.schedule("a", "arg", 5)).toEqual({ scheduled: false, reason: "queued" });
  });

  it("numbers the jobs as they are scheduled, those that are remembered among them", async () => {
    const { admission, admitted, first, keeper } = setUp({ whileRunning: "run-again" });
    await admission.schedule("a", "a", 0);
    first().state = RUNNING;
    await admission.schedule("a", "again", 0);
    await admission.schedule("b", "b", 0);
    await admission.schedule("a", "once more", 7);
    expect(admitted.map(({ id }) => id)).toEqual([0, 2]);
    expect(admission.remembered).toBe(1);
    expect(admission.takeAgain(first())).toEqual({ id: 1, arg: "once more", holdMs: 7 });
    expect([admission.takeAgain(first()), admission.remembered]).toEqual([undefined, 0]);
    for (const job of admitted) keeper.letGo(job);
  });

  it("asks what is held without the store first", async () => {
    const { admission, localHolds, tally } = setUp();
    localHolds.take("a", 1_000_000, performance.now());
    expect(await admission.schedule("a", "a", 0)).toEqual({ scheduled: false, reason: "held" });
    expect([admission.asking, tally.refused.held]).toEqual([0, 1]);
  });

  it("counts everybody who was refused", async () => {
    const { admission, tally, turnedAway } = setUp({
      dedup: { acquire: () => Promise.resolve(undefined), bumpGeneration: () => Promise.resolve(0) },
    });
    await Promise.all([1, 2, 3].map(() => admission.schedule("a", "a", 0)));
    expect([tally.refused.held, tally.scheduled, turnedAway()]).toEqual([3, 0, 1]);
  });

  it("lets nobody in once it is shut, and hands over holds that come late", async () => {
    const { admission, admitted, late, table } = setUp();
    const answer = admission.schedule("a", "a", 0);
    admission.shut();
    expect(await answer).toEqual({ scheduled: false, reason: "stopped" });
    expect(await admission.schedule("b", "b", 0)).toEqual({ scheduled: false, reason: "stopped" });
    expect([admitted, late.map(({ key }) => key), table.size]).toEqual([[], ["a"], 0]);
  });

  it("rejects nobody once it is shut, though the store fails", async () => {
    const dedup = { acquire: () => Promise.reject(new Error("away")), bumpGeneration: () => Promise.resolve(0) };
    const { admission, tally } = setUp({ dedup, whenStoreFails: "throw" });
    const answer = admission.schedule("a", "a", 0);
    admission.shut();
    expect(await answer).toEqual({ scheduled: false, reason: "stopped" });
    expect(tally).toMatchObject({ storeFailures: 1, refused: { stopped: 1 } });
  });
});
