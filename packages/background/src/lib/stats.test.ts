import { describe, expect, it } from "vitest";
import { Tally } from "./stats.ts";

describe("Tally", () => {
  it("begins with nothing, and shares nothing with another", () => {
    const tally = new Tally();
    tally.refused.held += 1;
    expect(Object.values(new Tally().refused)).toEqual([0, 0, 0, 0, 0]);
    expect(tally).toMatchObject({ scheduled: 0, completed: 0, failed: 0, retries: 0, abandoned: 0, storeFailures: 0 });
  });
});
