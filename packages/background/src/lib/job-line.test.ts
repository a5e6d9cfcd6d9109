import { describe, expect, it } from "vitest";
import { Job } from "./job.ts";
import { JobLine } from "./job-line.ts";

const job = (key: string, id = 0) => Object.assign(new Job(key, undefined, 0), { id });
const keys = (jobs: Iterable<Job<undefined>>) => Array.from(jobs, ({ key }) => key);

describe("JobLine", () => {
  it("serves in the order of joining, those first that join the front", () => {
    const line = new JobLine<undefined>(1);
    for (const key of ["c", "d"]) line.join(job(key));
    line.rejoin([job("a"), job("b")]);
    expect([line.size, line.ready, line.delayed]).toEqual([4, 4, 0]);
    expect([line.next(), line.next(), line.next(), line.next()].map((each) => each?.key)).toEqual(["a", "b", "c", "d"]);
    expect(line.next()).toBeUndefined();
  });

  it("hands out those that wait for a time in the order of their times, and of their ids", () => {
    const line = new JobLine<undefined>(16);
    for (const [key, at, id] of [
      ["late", 30, 0],
      ["second", 10, 2],
      ["first", 10, 1],
    ] as const) {
      line.delay(job(key, id), at);
    }
    expect([line.size, line.ready, line.delayed, line.nextReadyAt]).toEqual([3, 0, 3, 10]);
    expect(keys(line.due(9))).toEqual([]);
    expect(keys(line.due(29))).toEqual(["first", "second"]);
    expect(keys(line.due(30))).toEqual(["late"]);
    expect(line.nextReadyAt).toBe(Infinity);
  });

  it("gives back all it holds", () => {
    const line = new JobLine<undefined>(16);
    line.join(job("a"));
    line.delay(job("b"), 10);
    expect(keys(line.clear())).toEqual(["a", "b"]);
    expect([line.size, line.nextReadyAt]).toEqual([0, Infinity]);
  });
});
