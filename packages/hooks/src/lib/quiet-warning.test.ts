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

  it("counts what comes within ten seconds, and tells it with the next event after that", () => {
    const quiet = warning();
    quiet.hear("a", 2);
    quiet.hear("b", 3);
    vi.advanceTimersByTime(9_999);
    quiet.hear("c");
    expect(warn).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    quiet.hear("d");
    expect(warn.mock.calls[1]).toEqual(["5 lost", "d"]);
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

  it("leaves no timer behind", () => {
    warning().hear("a");
    expect(vi.getTimerCount()).toBe(0);
  });
});
