import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { onSignals } from "./shutdown.ts";

class FakeProcess extends EventEmitter {
  readonly exit = vi.fn<(code?: number | string | null) => never>();
}

describe("onSignals", () => {
  let process: FakeProcess;
  let signal: AbortSignal;

  beforeEach(() => {
    vi.useFakeTimers();
    process = new FakeProcess();
    signal = onSignals(process as unknown as NodeJS.Process);
  });
  afterEach(() => void vi.useRealTimers());

  it("asks to stop at the first signal", () => {
    expect(signal.aborted).toBe(false);
    process.emit("SIGTERM");
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe("SIGTERM");
    expect(process.exit).not.toHaveBeenCalled();
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("exits at once at a second %s", (name, code) => {
    process.emit(name);
    vi.advanceTimersByTime(101);
    process.emit(name);
    expect(process.exit).toHaveBeenCalledExactlyOnceWith(code);
  });

  it("takes the same signal twice in a moment for one, as Ctrl-C under a package manager comes", () => {
    process.emit("SIGINT");
    vi.advanceTimersByTime(20);
    process.emit("SIGINT");
    expect(process.exit).not.toHaveBeenCalled();
  });

  it("takes two different signals for two, however close", () => {
    process.emit("SIGTERM");
    process.emit("SIGINT");
    expect(process.exit).toHaveBeenCalledExactlyOnceWith(130);
  });
});
