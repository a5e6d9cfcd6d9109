import { describe, expect, it } from "vitest";
import { reportHold } from "./report-hold.ts";

describe("reportHold", () => {
  it("is the usual one while a report is small, and grows with its events", () => {
    expect([0, 1, 20_000, 30_000, 200_000].map((events) => reportHold(30_000, events))).toEqual([
      30_000, 30_000, 30_000, 45_000, 300_000,
    ]);
  });

  it("keeps what is read in an hour the same, however many events there are", () => {
    const readInAnHour = (events: number): number => (3_600_000 / reportHold(30_000, events)) * events;
    expect([50_000, 1_000_000, 20_000_000].map(readInAnHour)).toEqual([2_400_000, 2_400_000, 2_400_000]);
  });
});
