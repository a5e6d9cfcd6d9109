import type { DispatcherStats, Summary } from "@disp/core";
import { describe, expect, it } from "vitest";
import { airportLines, replayLines, summaryLine } from "./report.ts";
import type { ServiceStats } from "./service.ts";

const NONE = {
  overflow: 0,
  rejected: 0,
  "retries-exhausted": 0,
  expired: 0,
  conflated: 0,
  aborted: 0,
  "too-large": 0,
  "too-small": 0,
};

describe("summaryLine", () => {
  it("says that nothing was lost", () => {
    const summary: Summary = { accepted: 1_234, delivered: 1_234, dropped: NONE, abandoned: 0 };
    expect(summaryLine(summary, { taken: 1_234, stored: 1_234 })).toBe(
      "Drained: 1,234 events taken, 1,234 stored, nothing lost.",
    );
  });

  it("says what was not stored, and why", () => {
    const dropped = { ...NONE, rejected: 2, aborted: 1_000 };
    const summary = { accepted: 1_007, delivered: 0, dropped, abandoned: 5 };
    expect(summaryLine(summary, { taken: 1_007, stored: 0 })).toBe(
      "Drained: 1,007 events taken, 0 stored, not stored: 2 rejected, 1,000 aborted, 5 abandoned.",
    );
  });
});

describe("summaryLine, when events were turned away at the end", () => {
  it("says so: that is not lost, but it was taken", () => {
    const summary: Summary = { accepted: 100, delivered: 100, dropped: NONE, abandoned: 0 };
    expect(summaryLine(summary, { taken: 130, stored: 100 })).toBe(
      "Drained: 130 events taken, 100 stored, nothing lost. 30 were turned away at the end, and whoever sent them was told.",
    );
  });
});

describe("airportLines", () => {
  it("says what was spared", () => {
    const stats = {
      airports: { airports: 223, runs: 30_000, saves: 1_000 },
      reports: { built: 230, requested: 1_200, bytesIn: 64_600_000, bytesOut: 9_800_000 },
      threads: { workers: 1 },
    } as ServiceStats;
    expect(airportLines(stats)).toEqual([
      "  airport rows         223   30,000 runs in 1,000 saves: 30.0 a save",
      "  reports built        230   for 1,200 requests",
      "  archived         64.6 MB   to 9.8 MB, by 1 thread",
    ]);
  });
});

describe("replayLines", () => {
  it("takes a batch that was sent again for one batch", () => {
    const stats = { sends: 12, retries: 2, delivered: 2_500 } as DispatcherStats;
    expect(replayLines({ stats, stored: 2_500, requests: 3, elapsedMs: 2_000 })).toEqual([
      "  events stored      2,500   in 3 requests",
      "  batches               10   of 250.0 events on average",
      "  sends                 12   2 of them retries",
      "  time               2.0 s   1,250 events/s",
    ]);
  });
});
