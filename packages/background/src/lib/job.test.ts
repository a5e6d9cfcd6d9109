import { describe, expect, it } from "vitest";
import { ACQUIRING, Job } from "./job.ts";

describe("Job", () => {
  it("begins by asking for its key, and blocks nothing before it is in the table", () => {
    const job = new Job("a", "arg", 5);
    expect(job).toMatchObject({ key: "a", arg: "arg", holdMs: 5, state: ACQUIRING, attempt: 0, isCurrent: false });
  });

  it("has one shape, whatever becomes of it", () => {
    expect(Object.keys(new Job("a", undefined, 0))).toEqual(Object.keys(new Job("b", { any: "thing" }, 1.5)));
  });
});
