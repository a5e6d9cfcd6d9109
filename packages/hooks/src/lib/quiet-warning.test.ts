import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { QuietWarning } from "./quiet-warning.ts";

describe("QuietWarning", () => {
  const warn = vi.spyOn(console, "warn");
  const warning = () => new QuietWarning<string>((untold, last) => [`${untold} lost`, last]);

  beforeEach(() => {
    vi.useFakeTimers();
    warn.mockReset().mockImplementation(() => {});
  });

  afterEach(() => void vi.useRealTimers());

  it("tells of the first event at once", () => {
    warning().hear("a");
    expect(warn.mock.calls).toEqual([["1 lost", "a"]]);
  });

  it("counts what comes within ten seconds, and tells it after them", () => {
    const quiet = warning();
    quiet.hear("a", 2);
    quiet.hear("b", 3);
    vi.advanceTimersByTime(9_999);
    quiet.hear("c");
    expect(warn).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(warn.mock.calls[1]).toEqual(["4 lost", "c"]);
    quiet.hear("d");
    expect(warn).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(10_000);
    expect(warn.mock.calls[2]).toEqual(["1 lost", "d"]);
  });

  it("tells of an event that is undefined, such as the reason of a promise that was rejected with nothing", () => {
    new QuietWarning<unknown>((untold, last) => [untold, last]).hear(undefined);
    expect(warn.mock.calls).toEqual([[1, undefined]]);
  });

  it("tells what is left on demand, and nothing twice", () => {
    const quiet = warning();
    quiet.tell();
    quiet.hear("a");
    quiet.hear("b");
    quiet.tell();
    quiet.tell();
    expect(warn.mock.calls).toEqual([
      ["1 lost", "a"],
      ["1 lost", "b"],
    ]);
  });

  it("has a timer only while there is something to tell", () => {
    const quiet = warning();
    quiet.hear("a");
    expect(vi.getTimerCount()).toBe(0);
    quiet.hear("b");
    quiet.hear("c");
    expect(vi.getTimerCount()).toBe(1);
    quiet.tell();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not keep the process alive", () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const quiet = warning();
    quiet.hear("a");
    quiet.hear("b");
    expect(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout")).toHaveLength(before);
    quiet.tell();
  });
});
