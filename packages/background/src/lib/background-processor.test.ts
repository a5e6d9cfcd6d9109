import { exponentialBackoff, fixedDelay } from "@disp/retry";
import { nextTurn } from "@disp/turn";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, listenForUncaught, turn } from "../../../../tooling/observe.ts";
import { WatchedStore } from "../../test/watched-store.ts";
import { FAILED, refused, scheduled, setUp } from "../../test/workshop.ts";
import { BackgroundProcessor } from "./background-processor.ts";
import type { Hold } from "./dedup-store.ts";
import { HoldReleaseError, JobAbandonedError } from "./errors.ts";
import { MemoryDedupStore } from "./memory-dedup-store.ts";

beforeEach(() => {
  vi.useFakeTimers();
  // A store that is away is told to it.
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const AWAY = new Error("the store is away");

describe("BackgroundProcessor", () => {
  it("runs jobs one after another, in the order in which they were scheduled", async () => {
    const { processor, started, run } = setUp();
    for (const key of ["a", "b", "c"]) expect(await processor.schedule(key, `do ${key}`)).toEqual(scheduled);
    expect(started()).toEqual(["do a"]);
    expect(processor.queueLength).toBe(2);
    await run(-1).finish();
    await run(-1).finish();
    await run(-1).finish();
    expect(started()).toEqual(["do a", "do b", "do c"]);
    expect(processor.stats()).toMatchObject({ state: "open", queued: 0, running: 0, held: 0, completed: 3 });
  });

  it("runs as many at once as it may", async () => {
    const { processor, started, run } = setUp({ concurrency: 2 });
    for (const key of ["a", "b", "c"]) await processor.schedule(key, key);
    expect(started()).toEqual(["a", "b"]);
    await run(1).finish();
    expect(started()).toEqual(["a", "b", "c"]);
    expect(processor.stats()).toMatchObject({ running: 2, queued: 0 });
  });

  it("takes every argument, falsy ones included", async () => {
    const args: unknown[] = [];
    const processor = new BackgroundProcessor<unknown>({ process: (arg) => void args.push(arg) });
    const values = [undefined, null, 0, "", false, Number.NaN];
    for (const [index, value] of values.entries()) await processor.schedule(String(index), value);
    expect(args).toEqual(values);
  });

  it("tells a job its key and its attempt, and gives it a signal", async () => {
    const { processor, run } = setUp();
    await processor.schedule("a", "arg");
    expect(run(0)).toMatchObject({ key: "a", arg: "arg", attempt: 1 });
    expect(run(0).signal.aborted).toBe(false);
  });

  it("refuses what it cannot do anything with", async () => {
    const { processor } = setUp();
    // @ts-expect-error -- no such key
    await expect(processor.schedule(1, "a")).rejects.toThrow(
      new TypeError("Cannot schedule: key must be a string, got 1"),
    );
    for (const holdMs of [-1, Number.NaN, Infinity]) {
      await expect(processor.schedule("a", "a", { holdMs })).rejects.toThrow(RangeError);
    }
    // @ts-expect-error -- no number
    await expect(processor.schedule("a", "a", { holdMs: "1" })).rejects.toThrow("Cannot schedule: holdMs must be");
    // @ts-expect-error -- no options
    await expect(processor.schedule("a", "a", 100)).rejects.toThrow("Cannot schedule: options must be an object");
    await expect(processor.stop({ timeoutMs: -1 })).rejects.toThrow("Cannot stop: timeoutMs must be");
    // @ts-expect-error -- no boolean
    await expect(processor.stop({ drain: 1 })).rejects.toThrow("Cannot stop: drain must be a boolean, got 1");
    expect(processor.stats()).toMatchObject({ state: "open", scheduled: 0 });
    expect(await processor.schedule("a", "a", { holdMs: undefined })).toEqual(scheduled);
  });

  it("gives everybody else a turn though jobs that do not wait follow on each other for ever", async () => {
    vi.useRealTimers();
    let runs = 0;
    let isOver = false;
    const processor: BackgroundProcessor<number> = new BackgroundProcessor<number>({
      process: async (arg) => {
        runs += 1;
        if (!isOver) void processor.schedule(String(arg + 1), arg + 1);
      },
    });
    await processor.schedule("0", 0);
    await new Promise((resolve) => setImmediate(resolve));
    isOver = true;
    expect(runs).toBeGreaterThan(0);
    await processor.stop({ drain: true });
  });
});

describe("a key", () => {
  it("is refused while a job of it waits, and while it runs", async () => {
    const { processor } = setUp();
    await processor.schedule("a", "first");
    await processor.schedule("b", "first");
    expect(await processor.schedule("a", "second")).toEqual(refused("running"));
    expect(await processor.schedule("b", "second")).toEqual(refused("queued"));
    expect(processor.stats()).toMatchObject({ scheduled: 2, refused: { queued: 1, running: 1, held: 0 } });
  });

  it("is free once its job is over", async () => {
    const { processor, run } = setUp();
    await processor.schedule("a", "first");
    await run(0).finish();
    expect(await processor.schedule("a", "second")).toEqual(scheduled);
    await run(1).fail();
    expect(await processor.schedule("a", "third")).toEqual(scheduled);
  });

  it("is held for its time, counted from when it was given", async () => {
    const { processor, run } = setUp();
    await processor.schedule("a", "first", { holdMs: 100 });
    await pass(60);
    await run(0).finish();
    expect(await processor.schedule("a", "second")).toEqual(refused("held"));
    await pass(39);
    expect(await processor.schedule("a", "second")).toEqual(refused("held"));
    await pass(1);
    expect(await processor.schedule("a", "second")).toEqual(scheduled);
  });

  it("is held for parts of a millisecond, and for years", async () => {
    const dedup = new WatchedStore();
    const { processor, run } = setUp({ dedup, leaseMs: 1 });
    const years = 100 * 365 * 24 * 3_600_000;
    await processor.schedule("a", "a", { holdMs: years });
    await run(0).finish();
    await processor.schedule("b", "b", { holdMs: 1.25 });
    await run(1).finish();
    expect(dedup.calls).toEqual([`acquire a ${years}`, `release a ${years}`, "acquire b 1.25", "release b 1.25"]);
  });

  it("is held until its job is over, however long that takes, and is free then", async () => {
    const { processor, run } = setUp({ leaseMs: 300 });
    await processor.schedule("a", "first", { holdMs: 100 });
    await pass(10_000);
    expect(await processor.schedule("a", "second")).toEqual(refused("running"));
    await run(0).finish();
    expect(await processor.schedule("a", "second")).toEqual(scheduled);
  });

  it("is refused here without a call of the store while its job waits or runs", async () => {
    const dedup = new WatchedStore();
    const { processor } = setUp({ dedup });
    await processor.schedule("a", "a");
    await processor.schedule("b", "b");
    const asked = dedup.calls.length;
    for (let times = 0; times < 100; times += 1) {
      await processor.schedule("a", "a");
      await processor.schedule("b", "b");
    }
    expect(dedup.calls).toHaveLength(asked);
  });

  it("that is being asked for gives the same answer to whoever asks meanwhile", async () => {
    const dedup = new WatchedStore();
    const { processor, started } = setUp({ dedup });
    dedup.hush();
    const first = follow(processor.schedule("a", "first"));
    const second = follow(processor.schedule("a", "second"));
    await turn();
    expect([first.state, second.state]).toEqual(["pending", "pending"]);
    dedup.answer();
    await turn();
    expect([first.value, second.value]).toEqual([scheduled, refused("queued")]);
    expect(dedup.calls).toEqual(["acquire a 10000"]);
    expect(started()).toEqual(["first"]);
  });

  it("that was asked for in vain is not blocked", async () => {
    const store = new MemoryDedupStore();
    const dedup = new WatchedStore(store);
    const { processor } = setUp({ dedup });
    const hold = await store.acquire("a", 1_000);
    dedup.hush();
    const answers = [processor.schedule("a", "first"), processor.schedule("a", "second")].map(follow);
    await turn();
    dedup.answer();
    await turn();
    expect(answers.map(({ value }) => value)).toEqual([refused("held"), refused("held")]);
    await hold?.release(0);
    expect(await processor.schedule("a", "third")).toEqual(scheduled);
  });

  it("that is being released can be scheduled again once that is done, and no request is lost", async () => {
    const dedup = new WatchedStore();
    const { processor, started, run } = setUp({ dedup });
    await processor.schedule("a", "first");
    dedup.hush();
    await run(0).finish();
    const second = follow(processor.schedule("a", "second"));
    const third = follow(processor.schedule("a", "third"));
    await turn();
    expect(second.state).toBe("pending");
    dedup.answer();
    await turn();
    expect([second.value, third.value]).toEqual([scheduled, refused("queued")]);
    expect(started()).toEqual(["first", "second"]);
  });
});

describe("holds", () => {
  it("are renewed while their job waits, is tried again or runs, and not longer", async () => {
    const dedup = new WatchedStore();
    const { processor, run } = setUp({ dedup, leaseMs: 300, retry: fixedDelay({ delayMs: 1_000, maxRetries: 1 }) });
    await processor.schedule("a", "a");
    await processor.schedule("b", "b");
    await pass(1_000);
    await run(0).fail();
    await pass(900);
    expect(processor.stats()).toMatchObject({ held: 2, running: 1, queued: 1 });
    await pass(100);
    await run(1).finish();
    await run(2).finish();
    expect(vi.getTimerCount()).toBe(0);
    expect(dedup.calls.filter((call) => call === "renew a 300").length).toBeGreaterThanOrEqual(9);
    expect(dedup.calls.filter((call) => call === "renew b 300").length).toBeGreaterThanOrEqual(9);
    expect(dedup.calls.slice(-2)).toEqual(["release b 0", "release a 0"]);
  });

  it("that last longer than a lease are renewed to their own time, and not cut", async () => {
    const dedup = new WatchedStore();
    const { processor, run } = setUp({ dedup, leaseMs: 300 });
    await processor.schedule("a", "a", { holdMs: 450 });
    await pass(400);
    await run(0).finish();
    const renewed = ["renew a 350", "renew a 300", "renew a 300", "renew a 300"];
    expect(dedup.calls).toEqual(["acquire a 450", ...renewed, "release a 50"]);
  });

  it("survive a store that is away for less than a third of the lease", async () => {
    const store = new MemoryDedupStore();
    const dedup = new WatchedStore(store);
    const { processor } = setUp({ dedup, leaseMs: 300 });
    await processor.schedule("a", "a");
    await pass(50);
    dedup.away = AWAY;
    await pass(100);
    dedup.away = undefined;
    await pass(300);
    expect(await store.acquire("a", 1)).toBeUndefined();
    expect(processor.stats().held).toBe(1);
  });

  it("that were lost are not taken anew: the job goes on, and blocks its key no longer", async () => {
    const store = new MemoryDedupStore();
    const dedup = new WatchedStore(store);
    const { processor, started, run } = setUp({ dedup, leaseMs: 300, concurrency: 2 });
    await processor.schedule("a", "first");
    await store.bumpGeneration();
    await pass(100);
    expect(processor.stats()).toMatchObject({ running: 1, held: 0 });
    expect(vi.getTimerCount()).toBe(0);
    expect(await processor.schedule("a", "second")).toEqual(scheduled);
    await run(0).finish();
    expect(dedup.calls.filter((call) => call.startsWith("release"))).toEqual([]);
    expect(await processor.schedule("a", "third")).toEqual(refused("running"));
    await run(1).finish();
    expect(started()).toEqual(["first", "second"]);
  });

  it("that cannot be released are reported, and block nothing here", async () => {
    const dedup = new WatchedStore();
    const { processor, failures, run } = setUp({ dedup });
    await processor.schedule("a", "arg", { holdMs: 50 });
    dedup.away = AWAY;
    await run(0).finish();
    expect(failures).toEqual([{ key: "a", arg: "arg", error: new HoldReleaseError("a", AWAY), attempt: 1 }]);
    expect(processor.stats()).toMatchObject({ completed: 1, failed: 0 });
    dedup.away = undefined;
    expect(await processor.schedule("a", "arg")).toEqual(refused("held"));
    await pass(10_000);
    expect(await processor.schedule("a", "arg")).toEqual(scheduled);
  });

  it("need a timer only while there are any", async () => {
    const { processor, run } = setUp();
    expect(vi.getTimerCount()).toBe(0);
    await processor.schedule("a", "a", { holdMs: 100_000 });
    await processor.schedule("b", "b", { holdMs: 100_000 });
    await turn();
    expect(vi.getTimerCount()).toBe(1);
    await run(0).finish();
    await run(1).finish();
    expect(vi.getTimerCount()).toBe(0);
    expect(await processor.schedule("a", "a")).toEqual(refused("held"));
  });
});

describe("a store that fails", () => {
  it("is done without by default: with what is known here, for this key and until its hold has passed", async () => {
    const dedup = new WatchedStore();
    const { processor, failures, run } = setUp({ dedup });
    dedup.away = AWAY;
    expect(await processor.schedule("a", "first", { holdMs: 100 })).toEqual(scheduled);
    expect(await processor.schedule("a", "second")).toEqual(refused("running"));
    await run(0).finish();
    dedup.away = undefined;
    expect(await processor.schedule("a", "second")).toEqual(refused("held"));
    expect(dedup.calls).toEqual(["acquire a 10000"]);
    await pass(100);
    expect(await processor.schedule("a", "second")).toEqual(scheduled);
    expect(processor.stats()).toMatchObject({ storeFailures: 1, scheduled: 2 });
    expect(failures).toEqual([]);
  });

  it("and is done without is told to the console: at once, every ten seconds, and in the end", async () => {
    const warn = vi.mocked(console.warn);
    const dedup = new WatchedStore();
    const { processor } = setUp({ dedup, process: () => {} });
    await processor.schedule("a", "a");
    expect(warn).not.toHaveBeenCalled();
    dedup.away = AWAY;
    for (const key of ["b", "c", "d"]) await processor.schedule(key, key);
    expect(warn.mock.calls).toEqual([[expect.stringContaining("1 job was scheduled without the dedup store"), AWAY]]);
    await pass(10_000);
    expect(warn.mock.calls[1]).toEqual([expect.stringContaining("2 jobs were scheduled without"), AWAY]);
    await processor.schedule("e", "e");
    await processor.stop();
    expect(warn).toHaveBeenCalledTimes(3);
  });

  it("can refuse everything, for a reason of its own", async () => {
    const dedup = new WatchedStore();
    const { processor } = setUp({ dedup, whenStoreFails: "refuse" });
    dedup.away = AWAY;
    const answers = await Promise.all([processor.schedule("a", "first"), processor.schedule("a", "second")]);
    expect(answers).toEqual([refused("store-unavailable"), refused("store-unavailable")]);
    expect(console.warn).not.toHaveBeenCalled();
    dedup.away = undefined;
    expect(await processor.schedule("a", "third")).toEqual(scheduled);
  });

  it("can reject whoever schedules", async () => {
    const dedup = new WatchedStore();
    const { processor } = setUp({ dedup, whenStoreFails: "throw" });
    dedup.away = AWAY;
    const answers = [processor.schedule("a", "first"), processor.schedule("a", "second")].map(follow);
    await turn();
    expect(answers).toEqual([
      { state: "rejected", error: AWAY },
      { state: "rejected", error: AWAY },
    ]);
    dedup.away = undefined;
    expect(await processor.schedule("a", "third")).toEqual(scheduled);
  });

  it("by throwing is the same as one that rejects", async () => {
    const throws = () => {
      throw AWAY;
    };
    const dedup = { acquire: throws, bumpGeneration: throws };
    const { processor } = setUp({ dedup, whenStoreFails: "refuse" });
    expect(await processor.schedule("a", "a")).toEqual(refused("store-unavailable"));
    await expect(processor.bumpGeneration()).rejects.toBe(AWAY);
  });
});

describe("whileRunning: run-again", () => {
  const whileRunning = "run-again";

  it("runs the job once more, with the newest argument", async () => {
    const { processor, started, run } = setUp({ whileRunning });
    await processor.schedule("a", "1");
    for (const arg of ["2", "3", "4"]) expect(await processor.schedule("a", arg)).toEqual(scheduled);
    expect(processor.queueLength).toBe(1);
    await run(0).finish();
    expect(started()).toEqual(["1", "4"]);
    expect(run(1).attempt).toBe(1);
    await run(1).finish();
    expect(started()).toEqual(["1", "4"]);
    expect(processor.stats()).toMatchObject({ completed: 2, queued: 0, held: 0 });
  });

  it("waits until the hold of the run before has passed, and is refused meanwhile", async () => {
    const { processor, started, run } = setUp({ whileRunning });
    await processor.schedule("a", "1", { holdMs: 100 });
    await processor.schedule("a", "2", { holdMs: 50 });
    await pass(30);
    await run(0).finish();
    expect(await processor.schedule("a", "3")).toEqual(refused("queued"));
    expect(processor.queueLength).toBe(1);
    await pass(69);
    expect(started()).toEqual(["1"]);
    await pass(1);
    expect(started()).toEqual(["1", "2"]);
    await run(1).finish();
    expect(await processor.schedule("a", "4")).toEqual(refused("held"));
    await pass(49);
    expect(await processor.schedule("a", "4")).toEqual(refused("held"));
    await pass(1);
    expect(await processor.schedule("a", "4")).toEqual(scheduled);
  });

  it("keeps the same hold all the while: nobody else gets the key in between", async () => {
    const store = new MemoryDedupStore();
    const dedup = new WatchedStore(store);
    const { processor, run } = setUp({ dedup, whileRunning, leaseMs: 30 });
    await processor.schedule("a", "1", { holdMs: 100 });
    await processor.schedule("a", "2", { holdMs: 200 });
    await run(0).finish();
    for (let ms = 0; ms < 100; ms += 1) {
      await pass(1);
      expect(await store.acquire("a", 1)).toBeUndefined();
    }
    expect(dedup.calls).toContain("renew a 200");
    await run(1).finish();
    await pass(199);
    expect(await store.acquire("a", 1)).toBeUndefined();
    await pass(1);
    expect(await store.acquire("a", 1)).toBeDefined();
    expect(dedup.calls.filter((call) => call.startsWith("acquire"))).toHaveLength(1);
  });

  it("has a hold of its own from its turn on, which would outlast a crash", async () => {
    const dedup = new WatchedStore();
    const { processor, run } = setUp({ dedup, whileRunning });
    await processor.schedule("a", "1", { holdMs: 100 });
    await processor.schedule("a", "2", { holdMs: 60_000 });
    await run(0).finish();
    await pass(99);
    expect(dedup.calls).toEqual(["acquire a 10000"]);
    await pass(1);
    expect(dedup.calls).toEqual(["acquire a 10000", "renew a 60000"]);
  });

  it("comes after jobs that were scheduled before its turn", async () => {
    const { processor, started, run } = setUp({ whileRunning });
    await processor.schedule("a", "a1");
    await processor.schedule("b", "b1");
    await processor.schedule("a", "a2");
    await run(0).finish();
    await run(1).finish();
    expect(started()).toEqual(["a1", "b1", "a2"]);
  });

  it("runs though the run before has failed for good", async () => {
    const { processor, failures, started, run } = setUp({ whileRunning });
    await processor.schedule("a", "1");
    await processor.schedule("a", "2");
    await run(0).fail();
    expect(started()).toEqual(["1", "2"]);
    expect(failures).toMatchObject([{ arg: "1" }]);
  });

  it("waits for the attempts of the run before", async () => {
    const retry = fixedDelay({ delayMs: 10, maxRetries: 1 });
    const { processor, started, run } = setUp({ whileRunning, retry });
    await processor.schedule("a", "1");
    await processor.schedule("a", "2");
    await run(0).fail();
    expect(await processor.schedule("a", "3")).toEqual(refused("queued"));
    expect(processor.queueLength).toBe(2);
    await pass(10);
    expect(started()).toEqual(["1", "1"]);
    expect(await processor.schedule("a", "4")).toEqual(scheduled);
    await run(1).finish();
    expect(started()).toEqual(["1", "1", "4"]);
  });
});

describe("a pause", () => {
  it("that a job returns comes before the next job", async () => {
    const { processor, started, run } = setUp();
    for (const key of ["a", "b"]) await processor.schedule(key, key);
    await run(0).finish(100);
    await pass(99);
    expect(started()).toEqual(["a"]);
    await pass(1);
    expect(started()).toEqual(["a", "b"]);
  });

  it("needs no timer while nothing waits, and holds for what comes during it", async () => {
    const { processor, started, run } = setUp();
    await processor.schedule("a", "a");
    await run(0).finish(100);
    expect(vi.getTimerCount()).toBe(0);
    await pass(40);
    await processor.schedule("b", "b");
    await pass(59);
    expect(started()).toEqual(["a"]);
    await pass(1);
    expect(started()).toEqual(["a", "b"]);
  });

  it("stops only the slot that ran the job", async () => {
    const { processor, started, run } = setUp({ concurrency: 2 });
    for (const key of ["a", "b", "c", "d"]) await processor.schedule(key, key);
    await run(0).finish(100);
    await run(1).finish();
    await run(2).finish();
    expect(started()).toEqual(["a", "b", "c", "d"]);
  });

  it("that is no number of milliseconds is reported, and is none", async () => {
    const { processor, failures, started, run } = setUp();
    const now = 1_700_000_000_000;
    for (const key of ["a", "b", "c", "d", "e"]) await processor.schedule(key, key);
    for (const [index, pauseMs] of [-1, Number.NaN, Infinity, now].entries()) await run(index).finish(pauseMs);
    expect(started()).toEqual(["a", "b", "c", "d", "e"]);
    const told = failures.map(({ key, error }) => [key, (error as Error).message]);
    expect(told.map(([key]) => key)).toEqual(["a", "b", "c", "d"]);
    for (const [, message] of told) expect(message).toMatch(/^Cannot pause: a number that process returns is a pause/u);
    expect(processor.stats()).toMatchObject({ completed: 4, failed: 0 });
  });

  it("may be returned without a promise", async () => {
    const startedAt: number[] = [];
    const processor = new BackgroundProcessor<string>({
      process: () => {
        startedAt.push(performance.now());
        return 10;
      },
    });
    const begin = performance.now();
    for (const key of ["a", "b", "c"]) await processor.schedule(key, key);
    await pass(20);
    expect(startedAt.map((at) => at - begin)).toEqual([0, 10, 20]);
  });
});

describe("a job that fails", () => {
  it("is reported once it has no attempt left", async () => {
    const { processor, failures, run } = setUp();
    await processor.schedule("a", "arg");
    await run(0).fail();
    expect(failures).toEqual([{ key: "a", arg: "arg", error: FAILED, attempt: 1 }]);
    expect(processor.stats()).toMatchObject({ failed: 1, completed: 0, retries: 0 });
  });

  it("is told on the console if nobody listens", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { processor, run } = setUp({ onError: undefined });
    await processor.schedule("a", "arg");
    await run(0).fail();
    expect(warn.mock.calls).toEqual([[expect.stringContaining('1 failure, the last of the job "a"'), FAILED]]);
    warn.mockRestore();
  });

  it("by throwing is the same as one that rejects", async () => {
    const failures: unknown[] = [];
    const processor = new BackgroundProcessor<string>({
      process: () => {
        throw FAILED;
      },
      retry: fixedDelay({ delayMs: 5, maxRetries: 1 }),
      onError: (failure) => void failures.push(failure),
    });
    await processor.schedule("a", "arg");
    await pass(5);
    expect(failures).toEqual([{ key: "a", arg: "arg", error: FAILED, attempt: 2 }]);
  });

  it("waits for its next attempt without a slot, keeps its key, and then comes first", async () => {
    const { processor, started, run } = setUp({ retry: fixedDelay({ delayMs: 100, maxRetries: 2 }) });
    for (const key of ["a", "b", "c"]) await processor.schedule(key, key);
    await run(0).fail();
    expect(started()).toEqual(["a", "b"]);
    expect(await processor.schedule("a", "again")).toEqual(refused("queued"));
    await pass(100);
    await run(1).finish();
    expect(started()).toEqual(["a", "b", "a"]);
    expect(run(2).attempt).toBe(2);
    await run(2).finish();
    expect(started()).toEqual(["a", "b", "a", "c"]);
    expect(processor.stats()).toMatchObject({ completed: 2, retries: 1, failed: 0 });
  });

  it("and others that failed with it come in the order of their times", async () => {
    const { processor, started, run } = setUp({ concurrency: 3, retry: fixedDelay({ delayMs: 10 }) });
    for (const key of ["a", "b", "c", "d", "e", "f"]) await processor.schedule(key, key);
    for (const index of [2, 0, 1]) await run(index).fail();
    expect(started().slice(3)).toEqual(["d", "e", "f"]);
    await pass(10);
    for (const index of [3, 4, 5]) await run(index).finish();
    expect(started().slice(6)).toEqual(["a", "b", "c"]);
  });

  it("with all its slots paused is tried again when one wakes", async () => {
    const { processor, started, run } = setUp({ retry: fixedDelay({ delayMs: 10 }) });
    await processor.schedule("a", "a");
    await processor.schedule("b", "b");
    await run(0).fail();
    await run(1).finish(50);
    await pass(49);
    expect(started()).toEqual(["a", "b"]);
    await pass(1);
    expect(started()).toEqual(["a", "b", "a"]);
  });

  it("is given up when its policy throws or answers nonsense, and the mistake surfaces", async () => {
    const uncaught = listenForUncaught();
    const mistake = new Error("the policy failed");
    const answers = [
      () => {
        throw mistake;
      },
      () => Number.NaN,
    ];
    const { processor, failures, run } = setUp({ retry: { nextDelayMs: () => answers.shift()?.() } });
    await processor.schedule("a", "a");
    await run(0).fail();
    await processor.schedule("b", "b");
    await run(1).fail();
    expect(failures.map(({ key, error }) => [key, error])).toEqual([
      ["a", FAILED],
      ["b", FAILED],
    ]);
    expect(processor.stats()).toMatchObject({ failed: 2, queued: 0, held: 0 });
    vi.useRealTimers();
    const [first, second, ...more] = await uncaught.stop();
    expect(first).toBe(mistake);
    expect(String(second)).toContain("Cannot retry: nextDelayMs() must be a number >= 0 or undefined, got NaN");
    expect(more).toEqual([]);
  });

  it("may be scheduled anew by whoever is told of it", async () => {
    const { processor, run, started } = setUp({
      onError: ({ key, arg }) => void processor.schedule(key, `${arg} again`),
    });
    await processor.schedule("a", "a");
    await run(0).fail();
    expect(started()).toEqual(["a", "a again"]);
  });

  it("is over though onError throws, and the error surfaces once", async () => {
    const uncaught = listenForUncaught();
    const { processor, run } = setUp({
      onError: () => {
        throw new Error("the hook failed");
      },
    });
    await processor.schedule("a", "a");
    await run(0).fail();
    expect(await processor.schedule("a", "a")).toEqual(scheduled);
    vi.useRealTimers();
    expect(await uncaught.stop()).toEqual([new Error("the hook failed")]);
  });
});

describe("bumpGeneration", () => {
  it("makes everything schedulable: what is held, what waits, what runs", async () => {
    const { processor, started, run } = setUp({ concurrency: 2 });
    await processor.schedule("held", "1", { holdMs: 1_000 });
    await run(0).finish();
    for (const key of ["runs", "runs too", "waits"]) await processor.schedule(key, "1");
    expect(await processor.bumpGeneration()).toBe(1);
    for (const key of ["held", "runs", "waits"]) expect(await processor.schedule(key, "2")).toEqual(scheduled);
    for (let index = 1; index < 7; index += 1) await run(index).finish();
    expect(started()).toEqual(["1", "1", "1", "1", "2", "2", "2"]);
    expect(processor.stats()).toMatchObject({ held: 0, queued: 0, running: 0, completed: 7 });
    expect(await processor.bumpGeneration()).toBe(2);
  });

  it("makes what was held without the store schedulable, too", async () => {
    const dedup = new WatchedStore();
    const { processor, run } = setUp({ dedup });
    dedup.away = AWAY;
    await processor.schedule("a", "1", { holdMs: 1_000 });
    await processor.schedule("b", "1", { holdMs: 1_000 });
    await run(0).finish();
    dedup.away = undefined;
    await processor.bumpGeneration();
    expect(await processor.schedule("a", "2")).toEqual(scheduled);
    await run(1).finish();
    expect(await processor.schedule("b", "2")).toEqual(scheduled);
  });

  it("changes nothing when the store is away", async () => {
    const dedup = new WatchedStore();
    const { processor } = setUp({ dedup });
    await processor.schedule("a", "1");
    dedup.away = AWAY;
    await expect(processor.bumpGeneration()).rejects.toBe(AWAY);
    expect(await processor.schedule("a", "2")).toEqual(refused("running"));
  });

  it("lets a job run that was being asked for, and it neither blocks nor replaces a newer one", async () => {
    const dedup = new WatchedStore();
    const { processor, started, run } = setUp({ dedup, concurrency: 3 });
    dedup.hush();
    const first = follow(processor.schedule("a", "first"));
    const bumped = follow(processor.bumpGeneration());
    await turn();
    dedup.answer();
    await turn();
    expect([first.value, bumped.value]).toEqual([scheduled, 1]);
    dedup.hush();
    const second = follow(processor.schedule("a", "second"));
    await turn();
    await run(0).finish();
    dedup.answer();
    await turn();
    expect(second.value).toEqual(scheduled);
    expect(await processor.schedule("a", "third")).toEqual(refused("running"));
    expect(started()).toEqual(["first", "second"]);
  });

  it("keeps the hold of a job that the store gave it in the new generation", async () => {
    const store = new MemoryDedupStore();
    const dedup = new WatchedStore(store);
    const { processor, run } = setUp({ dedup, leaseMs: 30 });
    dedup.hush();
    void processor.bumpGeneration();
    void processor.schedule("a", "a");
    await turn();
    dedup.answer();
    await turn();
    await pass(300);
    expect(await store.acquire("a", 1)).toBeUndefined();
    expect(await processor.schedule("a", "a")).toEqual(refused("held"));
    await run(0).finish();
    expect(await processor.schedule("a", "a")).toEqual(scheduled);
  });
});

describe("stop", () => {
  it("hands back what was not started, in order, with its keys free, and tells what runs to end", async () => {
    const dedup = new MemoryDedupStore();
    const { processor, started, run } = setUp({ dedup, retry: fixedDelay({ delayMs: 50 }), whileRunning: "run-again" });
    await processor.schedule("a", "a", { holdMs: 1_000 });
    await run(0).fail();
    for (const key of ["b", "c", "d"]) await processor.schedule(key, key, { holdMs: 1_000 });
    await processor.schedule("b", "b again");
    expect(processor.queueLength).toBe(4);
    const stopped = follow(processor.stop());
    expect(processor.queueLength).toBe(0);
    expect(run(1).signal.aborted).toBe(true);
    expect(run(1).signal.reason).toMatchObject({ name: "AbortError" });
    await turn();
    expect(stopped.state).toBe("pending");
    expect(processor.stats()).toMatchObject({ state: "stopping", running: 1 });
    await run(1).finish();
    expect(stopped.value).toEqual({
      leftover: [
        { key: "a", arg: "a" },
        { key: "c", arg: "c" },
        { key: "d", arg: "d" },
        { key: "b", arg: "b again" },
      ],
    });
    expect(started()).toEqual(["a", "b"]);
    for (const key of ["a", "c", "d"]) expect(await dedup.acquire(key, 1)).toBeDefined();
    expect(await dedup.acquire("b", 1)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
    expect(processor.stats()).toMatchObject({ state: "stopped", held: 0 });
  });

  it("leaves the hold of the run before to a job that was to run again", async () => {
    const dedup = new MemoryDedupStore();
    const { processor, run } = setUp({ dedup, whileRunning: "run-again" });
    await processor.schedule("a", "1", { holdMs: 100 });
    await processor.schedule("a", "2", { holdMs: 1_000 });
    await run(0).finish();
    expect(await processor.stop()).toEqual({ leftover: [{ key: "a", arg: "2" }] });
    await pass(99);
    expect(await dedup.acquire("a", 1)).toBeUndefined();
    await pass(1);
    expect(await dedup.acquire("a", 1)).toBeDefined();
  });

  it("hands back a job that waits for its next attempt, and what was to be done after it", async () => {
    const { processor, run } = setUp({ whileRunning: "run-again", retry: fixedDelay({ delayMs: 10 }) });
    await processor.schedule("a", "1");
    await processor.schedule("a", "2");
    await run(0).fail();
    expect(processor.queueLength).toBe(2);
    const leftover = [
      { key: "a", arg: "1" },
      { key: "a", arg: "2" },
    ];
    expect(await processor.stop()).toEqual({ leftover });
  });

  it("refuses what comes later, whatever it is", async () => {
    const { processor } = setUp();
    await processor.stop();
    expect(await processor.schedule("a", "a")).toEqual(refused("stopped"));
    expect(await processor.schedule("a", "a", { holdMs: -1 })).toEqual(refused("stopped"));
    expect(processor.stats().refused.stopped).toBe(2);
  });

  it("refuses whoever the store answers later, and returns the hold at once", async () => {
    const store = new MemoryDedupStore();
    const dedup = new WatchedStore(store);
    const { processor, started } = setUp({ dedup });
    dedup.hush();
    const answers = [processor.schedule("a", "a"), processor.schedule("a", "b")].map(follow);
    expect(await processor.stop()).toEqual({ leftover: [] });
    dedup.answer();
    await turn();
    expect(answers.map(({ value }) => value)).toEqual([refused("stopped"), refused("stopped")]);
    expect(dedup.calls).toEqual(["acquire a 10000", "release a 0"]);
    expect(await store.acquire("a", 1)).toBeDefined();
    expect(started()).toEqual([]);
  });

  it("hands back a running job that fails and would have been tried again; one without attempts left is reported", async () => {
    const retry = fixedDelay({ delayMs: 1, maxRetries: 1 });
    const { processor, failures, run } = setUp({ concurrency: 2, retry });
    await processor.schedule("a", "a");
    await run(0).fail();
    await pass(1);
    await processor.schedule("b", "b");
    const stopped = follow(processor.stop());
    await run(1).fail();
    await run(2).fail();
    expect(stopped.value).toEqual({ leftover: [{ key: "b", arg: "b" }] });
    expect(failures).toMatchObject([{ key: "a", attempt: 2 }]);
  });

  it("waits until the store was told what is free", async () => {
    const dedup = new WatchedStore();
    const { processor } = setUp({ dedup });
    await processor.schedule("a", "a");
    await processor.schedule("b", "b");
    dedup.hush();
    const stopped = follow(processor.stop({ timeoutMs: 100 }));
    await turn();
    expect(stopped.state).toBe("pending");
    expect(dedup.calls.at(-1)).toBe("release b 0");
  });

  it("ends a pause", async () => {
    const { processor, run } = setUp();
    await processor.schedule("a", "a");
    await run(0).finish(1_000_000);
    await processor.schedule("b", "b");
    expect(await processor.stop()).toEqual({ leftover: [{ key: "b", arg: "b" }] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("may be called by a job, and any number of times", async () => {
    const { processor, run } = setUp();
    await processor.schedule("a", "a");
    const first = processor.stop();
    const second = processor.stop({ drain: true });
    await run(0).finish();
    expect(await second).toBe(await first);
    expect(await processor.stop()).toBe(await first);
  });

  it("at its deadline abandons the jobs that do not end, and leaves their holds to themselves", async () => {
    const store = new MemoryDedupStore();
    const dedup = new WatchedStore(store);
    const { processor, failures, run } = setUp({ dedup, leaseMs: 300 });
    await processor.schedule("a", "arg");
    const stopped = follow(processor.stop({ timeoutMs: 100 }));
    await pass(99);
    expect(stopped.state).toBe("pending");
    await pass(1);
    await nextTurn();
    await turn();
    expect(stopped.value).toEqual({ leftover: [] });
    expect(failures).toEqual([{ key: "a", arg: "arg", error: new JobAbandonedError("a"), attempt: 1 }]);
    expect(processor.stats()).toMatchObject({ state: "stopped", abandoned: 1, running: 0, held: 0 });
    expect(run(0).signal.aborted).toBe(true);
    await run(0).finish();
    expect(dedup.calls).not.toContain("release a 0");
    expect(await store.acquire("a", 1)).toBeUndefined();
  });

  it("tells of the abandoned jobs in the order in which they were scheduled", async () => {
    const { processor, failures, started, run } = setUp({ concurrency: 3, retry: fixedDelay({ delayMs: 5 }) });
    for (const key of ["a", "b", "c", "d"]) await processor.schedule(key, key);
    await run(0).fail();
    await run(1).finish();
    await pass(5);
    expect(started()).toEqual(["a", "b", "c", "d", "a"]);
    const stopped = processor.stop({ timeoutMs: 1 });
    await pass(1);
    await nextTurn();
    expect(await stopped).toEqual({ leftover: [] });
    expect(failures.map(({ key }) => key)).toEqual(["a", "c", "d"]);
  });

  it("ignores what becomes of an abandoned job", async () => {
    vi.useRealTimers();
    let fail: (error: unknown) => void = () => {};
    const failures: unknown[] = [];
    const processor = new BackgroundProcessor<string>({
      process: () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
      onError: ({ error }) => void failures.push(error),
    });
    await processor.schedule("a", "a");
    await processor.stop({ timeoutMs: 0 });
    const before = processor.stats();
    fail(FAILED);
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures).toEqual([new JobAbandonedError("a")]);
    expect(processor.stats()).toEqual(before);
  });
});

describe("stop with drain", () => {
  it("does everything first: retries, pauses, and what is to run again", async () => {
    const { processor, started, run } = setUp({
      retry: exponentialBackoff({ initialMs: 100, maxRetries: 1 }),
      whileRunning: "run-again",
    });
    await processor.schedule("a", "a", { holdMs: 500 });
    await processor.schedule("a", "a again");
    await processor.schedule("b", "b");
    const stopped = follow(processor.stop({ drain: true }));
    expect(processor.stats().state).toBe("draining");
    expect(await processor.schedule("c", "c")).toEqual(refused("stopped"));
    expect(run(0).signal.aborted).toBe(false);
    await run(0).fail();
    await run(1).finish(50);
    await pass(100);
    expect(started()).toEqual(["a", "b", "a"]);
    await run(2).finish();
    await pass(399);
    expect(started()).toHaveLength(3);
    await pass(1);
    expect(started()).toEqual(["a", "b", "a", "a again"]);
    expect(stopped.state).toBe("pending");
    await run(3).finish();
    expect(stopped.value).toEqual({ leftover: [] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("lets in who asked before, though the store answers later", async () => {
    const dedup = new WatchedStore();
    const { processor, started, run } = setUp({ dedup });
    dedup.hush();
    const answers = [processor.schedule("a", "a"), processor.schedule("a", "b")].map(follow);
    const stopped = follow(processor.stop({ drain: true }));
    await turn();
    expect(stopped.state).toBe("pending");
    dedup.answer();
    await turn();
    expect(answers.map(({ value }) => value)).toEqual([scheduled, refused("queued")]);
    await run(0).finish();
    expect(started()).toEqual(["a"]);
    expect(stopped.value).toEqual({ leftover: [] });
  });

  it("lets in who waited for the release of the job before", async () => {
    const dedup = new WatchedStore();
    const { processor, started, run } = setUp({ dedup });
    await processor.schedule("a", "first");
    dedup.hush();
    await run(0).finish();
    const second = follow(processor.schedule("a", "second"));
    const stopped = follow(processor.stop({ drain: true }));
    await turn();
    dedup.answer();
    await turn();
    expect([second.value, stopped.state]).toEqual([scheduled, "pending"]);
    await run(1).finish();
    expect(started()).toEqual(["first", "second"]);
    expect(stopped.value).toEqual({ leftover: [] });
  });

  it("ends when the store lets nobody in whom it waited for", async () => {
    const store = new MemoryDedupStore();
    const dedup = new WatchedStore(store);
    const { processor } = setUp({ dedup });
    await store.acquire("a", 1_000);
    dedup.hush();
    const answer = follow(processor.schedule("a", "a"));
    const stopped = follow(processor.stop({ drain: true }));
    await turn();
    dedup.answer();
    await turn();
    expect([answer.value, stopped.value]).toEqual([refused("held"), { leftover: [] }]);
  });

  it("at its deadline hands back what has not started, and aborts what runs", async () => {
    vi.useRealTimers();
    const aborted: unknown[] = [];
    const processor = new BackgroundProcessor<string>({
      process: (_, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            aborted.push(signal.reason);
            reject(signal.reason);
          });
        }),
      retry: fixedDelay({ delayMs: 0 }),
    });
    for (const key of ["a", "b", "c"]) await processor.schedule(key, key);
    const { leftover } = await processor.stop({ drain: true, timeoutMs: 5 });
    expect(leftover.map(({ key }) => key)).toEqual(["a", "b", "c"]);
    expect(aborted).toMatchObject([{ name: "TimeoutError" }]);
    expect(processor.stats()).toMatchObject({ abandoned: 0, state: "stopped" });
  });

  it("can be tightened: by leaving out drain, and by an earlier deadline", async () => {
    const { processor, run } = setUp();
    for (const key of ["a", "b"]) await processor.schedule(key, key);
    const drained = processor.stop({ drain: true, timeoutMs: 10_000 });
    const stopped = processor.stop();
    expect(run(0).signal.aborted).toBe(true);
    void processor.stop({ drain: true, timeoutMs: 20_000 });
    void processor.stop({ timeoutMs: 100 });
    await pass(100);
    vi.useRealTimers();
    expect(await stopped).toEqual({ leftover: [{ key: "b", arg: "b" }] });
    expect(await drained).toBe(await stopped);
    expect(processor.stats().abandoned).toBe(1);
  });

  it("is what leaving an `await using` block does", async () => {
    vi.useRealTimers();
    const done: string[] = [];
    const processor = new BackgroundProcessor<string>({ process: (arg) => void done.push(arg) });
    for (const key of ["a", "b"]) void processor.schedule(key, key);
    await processor[Symbol.asyncDispose]();
    expect(done).toEqual(["a", "b"]);
  });
});

describe("a store that hangs", () => {
  it("keeps nobody waiting for an answer once the processor has ended", async () => {
    const store = new WatchedStore();
    const { processor } = setUp({ dedup: store });
    store.hush();
    const asked = [processor.schedule("a", "a"), processor.schedule("a", "again"), processor.schedule("b", "b")];
    expect(await processor.stop()).toEqual({ leftover: [] });
    for (const answer of asked) expect(await answer).toEqual(refused("stopped"));
    // What comes later is given back.
    store.answer();
    await pass(0);
    expect(store.calls.slice(-2)).toEqual(["release a 0", "release b 0"]);
  });

  it("keeps nobody waiting who waits for a release, once the processor has ended", async () => {
    const store = new WatchedStore();
    const { processor, run } = setUp({ dedup: store });
    await processor.schedule("a", "a");
    store.hush();
    await run(0).finish();
    const asked = processor.schedule("a", "again");
    const stopped = processor.stop({ timeoutMs: 10 });
    await pass(10);
    await turn();
    expect(await stopped).toEqual({ leftover: [] });
    expect(await asked).toEqual(refused("stopped"));
    store.answer();
  });
});

describe("a store that fails once the processor has ended", () => {
  const failing = () => {
    let fail: (error: unknown) => void = () => {};
    let give: (hold: Hold) => void = () => {};
    const release = () => new Promise<void>((_, reject) => (fail = reject));
    const hold: Hold = { renew: () => Promise.resolve(true), release };
    const slow = new Promise<Hold>((resolve) => (give = resolve));
    return { hold, slow, give: () => give(hold), fail: () => fail(AWAY) };
  };
  const failure = { key: "a", arg: "arg", error: new HoldReleaseError("a", AWAY) };

  it("to release the hold of a job: it is told with its argument", async () => {
    const { hold, fail } = failing();
    const dedup = { acquire: () => Promise.resolve(hold), bumpGeneration: () => Promise.resolve(1) };
    const { processor, failures, run } = setUp({ dedup });
    await processor.schedule("a", "arg");
    await run(0).finish();
    const stopped = processor.stop({ timeoutMs: 10 });
    await pass(10);
    await stopped;
    fail();
    await turn();
    expect(failures).toEqual([{ ...failure, attempt: 1 }]);
  });

  it("to take back a hold that came too late: it is told with its argument", async () => {
    const { slow, give, fail } = failing();
    const dedup = { acquire: () => slow, bumpGeneration: () => Promise.resolve(1) };
    const { processor, failures } = setUp({ dedup });
    const asked = processor.schedule("a", "arg");
    await processor.stop();
    expect(await asked).toEqual(refused("stopped"));
    give();
    await turn();
    fail();
    await turn();
    expect(failures).toEqual([{ ...failure, attempt: 0 }]);
  });
});

describe("jobs without holds", () => {
  it("are all handed back, and not only the first of them", async () => {
    const store = new WatchedStore();
    store.away = AWAY;
    const { processor } = setUp({
      dedup: store,
      retry: fixedDelay({ delayMs: 100 }),
      process: () => Promise.reject(FAILED),
    });
    for (const key of ["a", "b", "c"]) await processor.schedule(key, key);
    await pass(1);
    const { leftover } = await processor.stop();
    expect(leftover.map(({ key }) => key)).toEqual(["a", "b", "c"]);
  });
});
