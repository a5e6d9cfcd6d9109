import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Job } from "./job.ts";
import { JobLine } from "./job-line.ts";
import type { TaskFunction } from "./task.ts";

const TERMS = { timeoutMs: 1, timeoutName: "taskTimeoutMs", retry: undefined };
const TURN = { at: 0 };
type Fn = TaskFunction<unknown>;

const fn = (): Fn => () => 1;
const job = (task: Fn = fn()) => new Job<undefined>(task, TERMS, TURN);
const add = (line: JobLine<undefined>, ...jobs: Job<undefined>[]) => {
  for (const each of jobs) line.add(each, TURN);
};
/** What the pool does with a job that it takes. */
const take = (line: JobLine<undefined>): Job<undefined> | undefined => {
  const taken = line.take();
  if (taken !== undefined) taken.state = "running";
  return taken;
};

describe("JobLine", () => {
  it("gives out the oldest first, or the newest", () => {
    const [a, b, c] = [job(), job(), job()];
    const fifo = new JobLine<undefined>("fifo", TERMS);
    add(fifo, a, b, c);
    expect([take(fifo), take(fifo), take(fifo), take(fifo)]).toEqual([a, b, c, undefined]);
    const [d, e] = [job(), job()];
    const lifo = new JobLine<undefined>("lifo", TERMS);
    add(lifo, d, e);
    expect([take(lifo), take(lifo), take(lifo)]).toEqual([e, d, undefined]);
  });

  it("makes a job of a function when it is taken, with the time at which it came", () => {
    const line = new JobLine<undefined>("fifo", TERMS);
    const task = fn();
    line.add(task, { at: 7 });
    expect(line.size).toBe(1);
    expect(take(line)).toMatchObject({ task, terms: TERMS, turn: { at: 7 }, attempt: 0 });
  });

  it("puts those whose delay is over next in line, the earliest first", () => {
    for (const order of ["fifo", "lifo"] as const) {
      const line = new JobLine<undefined>(order, TERMS);
      const [late, soon, waiting] = [job(), job(), job()];
      add(line, waiting);
      line.delay(late, 20);
      line.delay(soon, 10);
      expect([line.nextDueAt, line.size, line.total]).toEqual([10, 1, 3]);
      line.wake(9);
      expect(line.size).toBe(1);
      line.wake(20);
      expect([line.nextDueAt, line.size]).toEqual([Infinity, 3]);
      expect([take(line), take(line), take(line)]).toEqual([soon, late, waiting]);
    }
  });

  it("hands all back in the order in which they came, the delayed ones last", () => {
    for (const order of ["fifo", "lifo"] as const) {
      const line = new JobLine<undefined>(order, TERMS);
      const [a, b, late, soon] = [job(), job(), job(), job()];
      line.delay(late, 20);
      add(line, a, b);
      line.delay(soon, 10);
      expect(line.clear()).toEqual([a, b, soon, late]);
      expect([line.size, line.total, line.take()]).toEqual([0, 0, undefined]);
    }
  });

  it("keeps no places of many that have left", () => {
    const line = new JobLine<undefined>("fifo", TERMS);
    const stays = job();
    add(line, stays);
    for (let round = 0; round < 10_000; round += 1) {
      const leaves = job();
      add(line, leaves);
      leaves.end();
      line.forget(leaves, "waiting");
    }
    expect(line.size).toBe(1);
    expect(take(line)).toBe(stays);
    expect(line.take()).toBeUndefined();
  });

  it("is a plain list to whoever adds, takes and leaves", () => {
    const step = fc.tuple(fc.constantFrom("add", "function", "take", "leave", "delay", "wake"), fc.nat(50));
    fc.assert(
      fc.property(fc.constantFrom("fifo", "lifo"), fc.array(step, { maxLength: 100 }), (order, steps) => {
        const line = new JobLine<undefined>(order, TERMS);
        let model: { task: unknown; job: Job<undefined> | undefined }[] = [];
        const taken: Job<undefined>[] = [];
        let delayed: { at: number; job: Job<undefined> }[] = [];
        for (const [what, number] of steps) {
          if (what === "add") {
            const made = job();
            add(line, made);
            model.push({ task: made.task, job: made });
          } else if (what === "function") {
            const task = fn();
            line.add(task, TURN);
            model.push({ task, job: undefined });
          } else if (what === "take") {
            const expected = order === "fifo" ? model.shift() : model.pop();
            const got = take(line);
            expect(got?.task).toBe(expected?.task);
            if (got !== undefined) taken.push(got);
          } else if (what === "leave") {
            const leaver = model.filter((each) => each.job !== undefined)[number];
            if (leaver?.job === undefined) continue;
            leaver.job.end();
            line.forget(leaver.job, "waiting");
            model = model.filter((each) => each !== leaver);
          } else if (what === "delay") {
            const waits = taken.pop();
            if (waits === undefined) continue;
            line.delay(waits, number);
            delayed.push({ at: number, job: waits });
          } else {
            line.wake(number);
            const due = delayed.filter(({ at }) => at <= number).sort((a, b) => a.at - b.at);
            delayed = delayed.filter(({ at }) => at > number);
            const next = due.map((each) => ({ task: each.job.task, job: each.job }));
            model = order === "fifo" ? [...next, ...model] : [...model, ...next.reverse()];
          }
          expect(line.size).toBe(model.length);
          expect(line.total).toBe(model.length + delayed.length);
        }
      }),
    );
  });
});
