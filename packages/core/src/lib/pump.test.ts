import { BatchBuffer } from "@disp/buffer";
import { RateLimiter } from "@disp/ratelimit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Entrance } from "./entrance.ts";
import { LimiterPace } from "./limiter-pace.ts";
import { FreePace, type Pace } from "./pace.ts";
import { Pump } from "./pump.ts";
import { Senders } from "./senders.ts";

/** A pace whose permits a test hands out. */
class ManualPace implements Pace {
  permits = 0;
  nextAt = Infinity;
  left = 0;
  readonly wanted: number[] = [];

  take(_now: number, wanted: () => number): boolean {
    this.wanted.push(wanted());
    this.permits -= 1;
    return this.permits >= 0;
  }

  leave(): void {
    this.left += 1;
  }
}

interface Settings {
  readonly pace?: Pace;
  readonly heartbeatMs?: number;
  readonly answer?: Promise<void>;
}

function setUp({ pace = new FreePace(), heartbeatMs = Infinity, answer }: Settings = {}) {
  const sent: { items: readonly string[]; at: number }[] = [];
  const buffer = new BatchBuffer<string>({ maxItems: 2, maxAgeMs: 100 });
  const wake = () => pump.schedule();
  const onRun = vi.fn(() => true);
  const entrance = new Entrance(buffer, undefined, wake);
  const send = ({ items }: { items: readonly string[] }) => {
    sent.push({ items, at: performance.now() });
    return answer;
  };
  const options = { send, onError: undefined, maxConcurrency: 1, sendTimeoutMs: Infinity };
  const senders = new Senders<string>(options, performance.now(), wake);
  const pump = new Pump({ buffer, entrance, senders, pace, heartbeatMs, onRun });
  return { buffer, entrance, onRun, pump, sent };
}

describe("Pump", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs once after a burst of calls, however many there are", async () => {
    const { pump, onRun } = setUp();
    for (let call = 0; call < 10; call += 1) pump.schedule();
    expect(onRun).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(onRun).toHaveBeenCalledTimes(1);
  });

  it("sends what is ready, and what is not when it is old enough", async () => {
    const { entrance, sent } = setUp();
    for (const item of ["a", "b", "c"]) entrance.offer(item, undefined);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual([
      { items: ["a", "b"], at: 0 },
      { items: ["c"], at: 100 },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("sends at the pace, and sleeps until then", async () => {
    const pace = new LimiterPace(new RateLimiter({ ratePerSecond: 10 }), () => {});
    const { entrance, sent } = setUp({ pace });
    for (const item of ["a", "b", "c", "d"]) entrance.offer(item, undefined);
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent.map(({ at }) => at)).toEqual([0, 100]);
  });

  it("beats while it is idle, until it is calmed", async () => {
    const { pump, sent } = setUp({ heartbeatMs: 30 });
    pump.schedule();
    await vi.advanceTimersByTimeAsync(70);
    expect(sent.map(({ at }) => at)).toEqual([30, 60]);
    pump.calm();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("sets no timer when its owner says that this was the last run", async () => {
    const { entrance, onRun } = setUp();
    onRun.mockReturnValue(false);
    entrance.offer("a", undefined);
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does nothing more once it is stopped", async () => {
    const { entrance, onRun, pump, sent } = setUp();
    entrance.offer("a", undefined);
    await vi.advanceTimersByTimeAsync(0);
    pump.stop();
    pump.schedule();
    onRun.mockClear();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([sent.length, onRun.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });

  it("asks the pace for no more sends than could start, and again when the pace says so", async () => {
    const pace = new ManualPace();
    const { entrance, sent } = setUp({ pace });
    pace.nextAt = 70;
    for (const item of ["a", "b", "c", "d"]) entrance.offer(item, undefined);
    await vi.advanceTimersByTimeAsync(69);
    expect(pace.wanted).toEqual([1]);
    pace.permits = 1;
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual([{ items: ["a", "b"], at: 70 }]);
  });

  it("leaves the line of the pace when nothing is ready, and when it is stopped", async () => {
    const pace = new ManualPace();
    const { entrance, pump } = setUp({ pace });
    entrance.offer("a", undefined);
    await vi.advanceTimersByTimeAsync(0);
    expect([pace.left, pace.wanted]).toEqual([1, []]);
    entrance.offer("b", undefined);
    await vi.advanceTimersByTimeAsync(0);
    pump.stop();
    expect([pace.left, pace.wanted]).toEqual([2, [1]]);
  });

  it("does not run for what was scheduled before it was stopped", async () => {
    const { pump, onRun } = setUp();
    pump.schedule();
    pump.stop();
    await Promise.resolve();
    expect(onRun).not.toHaveBeenCalled();
  });

  it("does not beat while a send is running", async () => {
    const { pump, sent } = setUp({ heartbeatMs: 30, answer: new Promise(() => {}) });
    pump.schedule();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent.map(({ at }) => at)).toEqual([30]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
