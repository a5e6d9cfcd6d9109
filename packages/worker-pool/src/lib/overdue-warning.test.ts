import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OverdueWarning } from "./overdue-warning.ts";

describe("OverdueWarning", () => {
  const warn = vi.spyOn(console, "warn");
  const told = () => warn.mock.calls.map(([line]) => String(line).replace(/ behind .*/, ""));

  beforeEach(() => {
    vi.useFakeTimers();
    warn.mockReset().mockImplementation(() => {});
  });

  afterEach(() => void vi.useRealTimers());

  it("tells how many wait, and for what", () => {
    new OverdueWarning().look(2);
    expect(String(warn.mock.calls[0])).toContain(
      "@disp/worker-pool: 2 tasks wait behind tasks that do not settle though they have timed out",
    );
  });

  it("tells when it becomes more, at most every ten seconds", () => {
    const warning = new OverdueWarning();
    for (const waiting of [0, 1, 1, 2, 3, 2]) warning.look(waiting);
    expect(told()).toEqual(["@disp/worker-pool: 1 task waits"]);
    vi.advanceTimersByTime(10_000);
    expect(told()[1]).toBe("@disp/worker-pool: 3 tasks wait");
    warning.look(0);
    vi.advanceTimersByTime(10_000);
    expect(told()).toHaveLength(2);
    warning.look(1);
    expect(told()[2]).toBe("@disp/worker-pool: 1 task waits");
  });
});
