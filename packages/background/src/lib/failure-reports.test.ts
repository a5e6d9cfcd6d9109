import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FailureReports } from "./failure-reports.ts";

const ERROR = new Error("no");
const AWAY = new Error("away");
const failure = (key: string) => ({ key, arg: "arg", error: ERROR, attempt: 1 });

describe("FailureReports", () => {
  const warn = vi.spyOn(console, "warn");

  beforeEach(() => {
    vi.useFakeTimers();
    warn.mockReset().mockImplementation(() => {});
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("tell whoever asked to hear of failures, and nobody else", () => {
    const heard: unknown[] = [];
    const reports = new FailureReports<string>((each) => void heard.push(each));
    reports.report(failure("a"));
    reports.end();
    expect(heard).toEqual([failure("a")]);
    expect(warn).not.toHaveBeenCalled();
  });

  it("otherwise tell the console at once, then seldom, and what is left in the end", () => {
    const reports = new FailureReports<string>(undefined);
    for (const key of ["a", "b", "c"]) reports.report(failure(key));
    expect(warn).toHaveBeenCalledTimes(1);
    reports.end();
    const advice = "Pass onError to handle failures, or to silence this line.";
    expect(warn.mock.calls).toEqual([
      [`@disp/background: 1 failure, the last of the job "a". ${advice}`, ERROR],
      [`@disp/background: 2 failures, the last of the job "c". ${advice}`, ERROR],
    ]);
  });

  it("tell the console of a store that fails at once, then seldom, whoever hears of failures", () => {
    const reports = new FailureReports<string>(() => {});
    for (const error of [ERROR, undefined, AWAY]) reports.reportStore(error);
    expect(warn).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10_000);
    expect(warn).toHaveBeenCalledTimes(2);
    reports.reportStore(undefined);
    reports.end();
    const told =
      "scheduled without the dedup store, which failed: others may do the same (whenStoreFails). The last error:";
    expect(warn.mock.calls).toEqual([
      [`@disp/background: 1 job was ${told}`, ERROR],
      [`@disp/background: 2 jobs were ${told}`, AWAY],
      [`@disp/background: 1 job was ${told}`, undefined],
    ]);
  });
});
