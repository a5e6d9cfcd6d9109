import { BackgroundProcessor, MemoryDedupStore } from "@disp/background";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The process stands still: time passes, and no timer rings. */
function stall(ms: number): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + ms);
}

describe("a process that stood still for longer than a lease", () => {
  it("does not run a key twice, though its hold has ended by its time", async () => {
    const started: string[] = [];
    const processor = new BackgroundProcessor<string>({
      dedup: new MemoryDedupStore(),
      concurrency: 2,
      leaseMs: 900,
      process: (arg) => {
        started.push(arg);
        return new Promise((resolve) => setTimeout(resolve, 60_000));
      },
    });
    await processor.schedule("a", "first");
    stall(5_000);
    await vi.advanceTimersByTimeAsync(300);
    expect(await processor.schedule("a", "second")).toEqual({ scheduled: false, reason: "running" });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await processor.schedule("a", "third")).toEqual({ scheduled: false, reason: "running" });
    expect(processor.stats()).toMatchObject({ held: 1, running: 1 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await processor.schedule("a", "fourth")).toEqual({ scheduled: true });
    expect(started).toEqual(["first", "fourth"]);
  });

  it("leaves a key to whoever took it meanwhile, and still runs it once here", async () => {
    const dedup = new MemoryDedupStore();
    const process = () => new Promise<void>((resolve) => setTimeout(resolve, 60_000));
    const processor = new BackgroundProcessor<string>({
      dedup,
      concurrency: 2,
      leaseMs: 900,
      process,
      onError: () => {},
    });
    await processor.schedule("a", "first");
    stall(5_000);
    const theirs = await dedup.acquire("a", 30_000);
    await vi.advanceTimersByTimeAsync(300);
    expect(await processor.schedule("a", "second")).toEqual({ scheduled: false, reason: "running" });
    expect(processor.stats()).toMatchObject({ held: 0, running: 1 });
    const stopped = processor.stop({ timeoutMs: 1 });
    await vi.advanceTimersByTimeAsync(1);
    await stopped;
    // Nothing of what this one did touched the hold of the other.
    expect(await theirs?.renew(1_000)).toBe(true);
  });
});
