import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Job } from "./job.ts";
import { RunningJobs } from "./running-jobs.ts";

const jobsOf = (count: number) =>
  Array.from({ length: count }, (_, id) => Object.assign(new Job(String(id), undefined, 0), { id }));

describe("RunningJobs", () => {
  it("are told in the order in which they were scheduled, whatever the order in which they began", () => {
    const jobs = new RunningJobs<undefined>();
    const [first, second, third] = jobsOf(3) as [Job<undefined>, Job<undefined>, Job<undefined>];
    for (const job of [second, third, first]) jobs.enter(job);
    expect([jobs.inOrder(), jobs.size]).toEqual([[first, second, third], 3]);
  });

  it("know who has left before, or was never there", () => {
    const jobs = new RunningJobs<undefined>();
    const [stays, leaves, stranger] = jobsOf(3) as [Job<undefined>, Job<undefined>, Job<undefined>];
    jobs.enter(leaves);
    jobs.enter(stays);
    expect([jobs.leave(leaves), jobs.leave(leaves), jobs.leave(stranger)]).toEqual([true, false, false]);
    expect(jobs.inOrder()).toEqual([stays]);
    expect([jobs.leave(stays), jobs.leave(stays), jobs.size]).toEqual([true, false, 0]);
  });

  it("are handed out as a list of its own: they may leave while one looks through it", () => {
    const jobs = new RunningJobs<undefined>();
    const all = jobsOf(5);
    for (const job of all) jobs.enter(job);
    const seen: Job<undefined>[] = [];
    for (const job of jobs.inOrder()) {
      seen.push(job);
      jobs.leave(job);
    }
    expect([seen, jobs.size]).toEqual([all, 0]);
  });

  it("are the ones that began and have not left, however they come and go", () => {
    const which = fc.nat(9);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant("enter" as const), which }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("leave" as const), which }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("leave all" as const), which }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const jobs = new RunningJobs<undefined>();
        const all = jobsOf(10);
        const model = new Set<Job<undefined>>();
        const inOrder = () => all.filter((job) => model.has(job));
        for (const each of steps) {
          const job = all[each.which] as Job<undefined>;
          if (each.do === "leave") expect(jobs.leave(job)).toBe(model.delete(job));
          else if (each.do === "leave all") {
            expect(jobs.leaveAll()).toEqual(inOrder());
            model.clear();
          } else if (!model.has(job)) {
            jobs.enter(job);
            model.add(job);
          }
          expect([jobs.size, jobs.inOrder()]).toEqual([model.size, inOrder()]);
        }
      }),
    );
  });
});
