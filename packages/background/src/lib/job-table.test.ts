import { describe, expect, it } from "vitest";
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
});
