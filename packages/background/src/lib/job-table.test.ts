import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heapUsed } from "../../../../tooling/heap-used.ts";
import { Job } from "./job.ts";
import { JobTable } from "./job-table.ts";

const job = (key: string) => new Job(key, undefined, 0);

describe("JobTable", () => {
  it("finds the job that blocks a key", () => {
    const table = new JobTable<undefined>();
    const mine = job("__proto__");
    expect(table.get("__proto__")).toBeUndefined();
    table.enter(mine);
    expect(table.get("__proto__")).toBe(mine);
    table.leave(mine);
    expect([table.get("__proto__"), table.size]).toEqual([undefined, 0]);
  });

  it("keeps a newer job of the key when an older one leaves", () => {
    const table = new JobTable<undefined>();
    const [older, newer] = [job("a"), job("a")];
    table.enter(older);
    table.bump();
    table.enter(newer);
    expect([...table]).toEqual([older, newer]);
    table.leave(older);
    table.leave(older);
    expect(table.get("a")).toBe(newer);
    expect([...table]).toEqual([newer]);
  });

  it("puts a successor in the place of a job: in its generation, or nowhere if it has left", () => {
    const table = new JobTable<undefined>();
    const [current, former, gone] = [job("current"), job("former"), job("gone")];
    const next = { current: job("current"), former: job("former"), gone: job("gone") };
    table.enter(former);
    table.bump();
    table.enter(current);
    table.replace(current, next.current);
    table.replace(former, next.former);
    table.replace(gone, next.gone);
    expect(table.get("current")).toBe(next.current);
    expect(table.get("former")).toBeUndefined();
    expect([...table]).toEqual([next.former, next.current]);
    for (const each of Object.values(next)) table.leave(each);
    expect(table.size).toBe(0);
  });

  it("lets jobs leave while it is looked at", () => {
    const table = new JobTable<undefined>();
    for (const key of ["a", "b"]) table.enter(job(key));
    table.bump();
    for (const key of ["a", "b"]) table.enter(job(key));
    for (const each of table) table.leave(each);
    expect(table.size).toBe(0);
  });

  it("lets jobs leave while it is looked at, however many there are", () => {
    const table = new JobTable<undefined>(4);
    const all = Array.from({ length: 40 }, (_, index) => job(String(index)));
    for (const each of all) table.enter(each);
    const seen: Job<undefined>[] = [];
    for (const each of table) {
      seen.push(each);
      // And its neighbour, which is not seen then.
      for (const leaving of all.slice(2 * seen.length - 2, 2 * seen.length)) table.leave(leaving);
    }
    expect(seen).toEqual(all.filter((_, index) => index % 2 === 0));
    expect(table.size).toBe(0);
  });
});

const FEW = 3;
const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

const step = fc.oneof(
  { weight: 9, arbitrary: fc.record({ do: fc.constant("enter" as const), key: fc.constantFrom(...KEYS) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("leave" as const), which: fc.nat(11) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave again" as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("replace" as const), which: fc.nat(11) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("replace who has left" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("bump" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A table, and beside it what has to be in it: in two arrays. */
class Pair {
  readonly table = new JobTable<undefined>(FEW);
  current: Job<undefined>[] = [];
  former: Job<undefined>[] = [];
  readonly gone: Job<undefined>[] = [];

  run(each: Step): void {
    if (each.do === "bump") this.#bump();
    else if (each.do === "enter") this.#enter(each.key);
    else if (each.do === "leave") this.#leave(this.#nth(each.which));
    else if (each.do === "replace") this.#replace(this.#nth(each.which));
    else if (this.gone.length > 0) {
      const gone = this.gone[each.which % this.gone.length] as Job<undefined>;
      if (each.do === "leave again") this.table.leave(gone);
      else this.table.replace(gone, job(gone.key));
    }
  }

  /** Whether all that can be seen of the table is so. */
  isRight(): boolean {
    const { table, current, former, gone } = this;
    const there = new Set([...former, ...current]);
    const seen = [...table];
    return (
      seen.length === there.size &&
      seen.every((each) => there.delete(each)) &&
      table.size === seen.length &&
      KEYS.every((key) => table.get(key) === current.find((each) => each.key === key)) &&
      current.every((each) => each.isCurrent) &&
      ![...former, ...gone].some((each) => each.isCurrent)
    );
  }

  #nth(which: number): Job<undefined> | undefined {
    const there = [...this.former, ...this.current];
    return there[which % Math.max(1, there.length)];
  }

  /** Who enters has looked first: the key is free. */
  #enter(key: string): void {
    if (this.table.get(key) !== undefined) return;
    const entering = job(key);
    this.table.enter(entering);
    this.current.push(entering);
  }

  #leave(leaving: Job<undefined> | undefined): void {
    if (leaving === undefined) return;
    this.table.leave(leaving);
    this.current = this.current.filter((each) => each !== leaving);
    this.former = this.former.filter((each) => each !== leaving);
    this.gone.push(leaving);
  }

  #replace(before: Job<undefined> | undefined): void {
    if (before === undefined) return;
    const after = job(before.key);
    this.table.replace(before, after);
    this.current = this.current.map((each) => (each === before ? after : each));
    this.former = this.former.map((each) => (each === before ? after : each));
    this.gone.push(before);
  }

  #bump(): void {
    this.table.bump();
    this.former.push(...this.current);
    this.current = [];
  }
}

/** By a function of its own, whose frame keeps the job no longer. */
function leaveBy(table: JobTable<undefined>, ref: WeakRef<Job<undefined>>): void {
  const leaving = ref.deref();
  if (leaving !== undefined) table.leave(leaving);
}

describe("a JobTable that leaves keys in it", () => {
  it("has the jobs that have entered and not left, and no others", { timeout: 0 }, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
        const pair = new Pair();
        for (const each of steps) {
          pair.run(each);
          expect(pair.isRight()).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is looked through without those that have left", () => {
    const table = new JobTable<undefined>(FEW);
    const [older, newer] = [job("b"), job("b")];
    const others = ["a", "c", "d", "e"].map(job);
    for (const each of [...others, older]) table.enter(each);
    table.leave(older);
    expect([...table]).toEqual(others);
    table.enter(newer);
    expect([...table]).toEqual([...others, newer]);
    expect(table.size).toBe(5);
  });

  it("keeps no job that has left", async () => {
    const table = new JobTable<undefined>(FEW);
    for (const key of KEYS) table.enter(job(key));
    const refs = Array.from(table, (each) => new WeakRef(each)).slice(0, 3);
    for (const ref of refs) leaveBy(table, ref);
    await heapUsed();
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined]);
    expect(table.size).toBe(KEYS.length - 3);
  });

  it("keeps fewer keys that have left than there are jobs, however many come and go", { timeout: 0 }, async () => {
    const table = new JobTable<undefined>();
    for (let key = 0; key < 10_000; key += 1) table.enter(job(`stays ${key}`));
    const pass = (keys: number) => {
      for (let key = 0; key < keys; key += 1) {
        const passing = job(`passes ${key}`);
        table.enter(passing);
        table.leave(passing);
      }
    };
    pass(30_000);
    const before = await heapUsed();
    pass(300_000);
    expect((await heapUsed()) - before).toBeLessThan(2_000_000);
    for (const each of table) table.leave(each);
    expect(table.size).toBe(0);
    expect((await heapUsed()) - before).toBeLessThan(-1_000_000);
  });
});
