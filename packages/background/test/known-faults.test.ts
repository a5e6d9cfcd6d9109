import { BackgroundProcessor, MemoryDedupStore } from "@disp/background";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, turn } from "../../../tooling/observe.ts";
import { WatchedStore } from "./watched-store.ts";
import { FAILED, refused, scheduled, setUp } from "./workshop.ts";

// What processors of this kind have got wrong before. "Here" and "there" are two of them that share their keys.

beforeEach(() => {
  vi.useFakeTimers();
  // A store that is away is told to it.
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const AWAY = new Error("the store is away");

function setUpTwo() {
  const dedup = new MemoryDedupStore();
  return { dedup, here: setUp({ dedup, leaseMs: 300 }), there: setUp({ dedup, leaseMs: 300 }) };
}

describe("what is known here", () => {
  it("is asked before the store: a duplicate leaves no hold without a job behind it", async () => {
    const dedup = new WatchedStore();
    const { processor, run } = setUp({ dedup });
    await processor.schedule("a", "first");
    await processor.schedule("a", "second", { holdMs: 1_000_000 });
    expect(dedup.calls).toEqual(["acquire a 10000"]);
    await run(0).finish();
    expect(await processor.schedule("a", "third")).toEqual(scheduled);
  });

  it("and what the store knows end in one step: what is scheduled in between is not lost, and leaves no hold", async () => {
    const store = new MemoryDedupStore();
    const dedup = new WatchedStore(store);
    const { processor, started, run } = setUp({ dedup });
    await processor.schedule("a", "first");
    dedup.hush();
    await run(0).finish();
    // The store has released the key, and nobody knows it here.
    const between = follow(processor.schedule("a", "second"));
    await turn();
    dedup.answer();
    await turn();
    expect(between.value).toEqual(scheduled);
    await run(1).finish();
    expect(started()).toEqual(["first", "second"]);
    expect(await store.acquire("a", 1)).toBeDefined();
  });

  it("does not answer for a job whose key was refused", async () => {
    const { here, there } = setUpTwo();
    await there.processor.schedule("a", "there");
    expect(await here.processor.schedule("a", "here")).toEqual(refused("held"));
    await there.run(0).finish();
    expect(await here.processor.schedule("a", "here")).toEqual(scheduled);
  });
});

describe("an error of the store", () => {
  it("is told apart from a key that is taken", async () => {
    const dedup = new WatchedStore();
    const { processor } = setUp({ dedup, whenStoreFails: "refuse" });
    dedup.away = AWAY;
    expect(await processor.schedule("a", "a")).toEqual(refused("store-unavailable"));
  });

  it("does not lose the job, by default", async () => {
    const dedup = new WatchedStore();
    const { processor, started } = setUp({ dedup });
    dedup.away = AWAY;
    expect(await processor.schedule("a", "a")).toEqual(scheduled);
    expect(started()).toEqual(["a"]);
  });

  it("when the job is over surfaces", async () => {
    const dedup = new WatchedStore();
    const { processor, failures, run } = setUp({ dedup });
    await processor.schedule("a", "a", { holdMs: 100 });
    dedup.away = AWAY;
    await run(0).finish();
    expect(failures).toMatchObject([{ key: "a", error: { code: "DISP_HOLD_RELEASE", cause: AWAY } }]);
  });

  it("when the generation is bumped surfaces, and does not lead to another generation", async () => {
    const dedup = new WatchedStore();
    const { processor } = setUp({ dedup });
    await processor.schedule("a", "a");
    dedup.away = AWAY;
    await expect(processor.bumpGeneration()).rejects.toBe(AWAY);
    dedup.away = undefined;
    expect(await processor.bumpGeneration()).toBe(1);
  });
});

describe("a hold", () => {
  it("is released by its owner alone", async () => {
    const { dedup, here, there } = setUpTwo();
    await here.processor.schedule("a", "here");
    await dedup.bumpGeneration();
    expect(await there.processor.schedule("a", "there")).toEqual(scheduled);
    await here.run(0).finish();
    expect(await dedup.acquire("a", 1)).toBeUndefined();
    await there.run(0).finish();
    expect(await dedup.acquire("a", 1)).toBeDefined();
  });

  it("of an older generation ends without a trace in the new one", async () => {
    const { dedup, here } = setUpTwo();
    await here.processor.schedule("a", "here", { holdMs: 1_000 });
    await here.processor.bumpGeneration();
    await here.run(0).finish();
    expect(await dedup.acquire("a", 1)).toBeDefined();
  });

  it.each([0, 0.5, 999, 1_000, 12 * 3_600_000 + 1, 1e12])("of %s ms is neither refused nor cut", async (holdMs) => {
    const store = new MemoryDedupStore();
    const { processor, run } = setUp({ dedup: store });
    expect(await processor.schedule("a", "a", { holdMs })).toEqual(scheduled);
    await run(0).finish();
    if (holdMs >= 1) {
      await vi.advanceTimersByTimeAsync(holdMs - 1);
      expect(await store.acquire("a", 1)).toBeUndefined();
    }
    await vi.advanceTimersByTimeAsync(1);
    expect(await store.acquire("a", 1)).toBeDefined();
  });

  it("of which less than a second remains is cut to that", async () => {
    const { here, there } = setUpTwo();
    await here.processor.schedule("a", "here", { holdMs: 2_000 });
    await vi.advanceTimersByTimeAsync(1_500);
    await here.run(0).finish();
    await vi.advanceTimersByTimeAsync(499);
    expect(await there.processor.schedule("a", "there")).toEqual(refused("held"));
    await vi.advanceTimersByTimeAsync(1);
    expect(await there.processor.schedule("a", "there")).toEqual(scheduled);
  });

  it("is no guess: it lasts while the job waits and runs, however long that takes", async () => {
    const { here, there } = setUpTwo();
    await here.processor.schedule("first", "here");
    await here.processor.schedule("a", "here", { holdMs: 1 });
    for (const job of [0, 1]) {
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(await there.processor.schedule("a", "there")).toEqual(refused("held"));
      await here.run(job).finish();
    }
    expect(await there.processor.schedule("a", "there")).toEqual(scheduled);
  });

  it("ends soon after a crash, if it was to be short", async () => {
    const { dedup, here } = setUpTwo();
    // What a processor leaves behind that is no more: a hold for a lease that nobody renews.
    await dedup.acquire("a", 300);
    await vi.advanceTimersByTimeAsync(299);
    expect(await here.processor.schedule("a", "here")).toEqual(refused("held"));
    await vi.advanceTimersByTimeAsync(1);
    expect(await here.processor.schedule("a", "here")).toEqual(scheduled);
  });
});

describe("a bump of the generation", () => {
  it("frees what waits and runs here", async () => {
    const { here } = setUpTwo();
    await here.processor.schedule("a", "1");
    await here.processor.schedule("b", "1");
    await here.processor.bumpGeneration();
    expect(await here.processor.schedule("a", "2")).toEqual(scheduled);
    expect(await here.processor.schedule("b", "2")).toEqual(scheduled);
  });

  it("is heard of there within a third of the lease, whatever waits and runs", async () => {
    const { here, there } = setUpTwo();
    await there.processor.schedule("a", "1", { holdMs: 1_000_000 });
    await there.processor.schedule("b", "1");
    await here.processor.bumpGeneration();
    await vi.advanceTimersByTimeAsync(100);
    expect(await there.processor.schedule("a", "2")).toEqual(scheduled);
    expect(await there.processor.schedule("b", "2")).toEqual(scheduled);
  });
});

describe("processors with stores of their own", () => {
  it("share neither keys nor generations", async () => {
    const one = setUp();
    const other = setUp();
    await one.processor.schedule("a", "a", { holdMs: 1_000 });
    expect(await other.processor.schedule("a", "a", { holdMs: 1_000 })).toEqual(scheduled);
    await one.processor.bumpGeneration();
    await other.run(0).finish();
    expect(await other.processor.schedule("a", "a")).toEqual(refused("held"));
  });
});

describe("a request while a job of its key runs", () => {
  it("need not be lost: the job runs once more, with the newest argument", async () => {
    const { processor, started, run } = setUp({ whileRunning: "run-again" });
    await processor.schedule("a", "1");
    await processor.schedule("a", "2");
    await processor.schedule("a", "3");
    await run(0).finish();
    expect(started()).toEqual(["1", "3"]);
  });
});

describe("a pause", () => {
  it("stops one slot, not every key", async () => {
    const { processor, started, run } = setUp({ concurrency: 2 });
    await processor.schedule("a", "a");
    await processor.schedule("b", "b");
    await run(0).finish(700);
    await processor.schedule("c", "c");
    await run(1).finish();
    expect(started()).toEqual(["a", "b", "c"]);
  });

  it("does not keep a processor from stopping", async () => {
    const { processor, run } = setUp();
    await processor.schedule("a", "a");
    await run(0).finish(1e9);
    await processor.schedule("b", "b");
    expect(await processor.stop()).toEqual({ leftover: [{ key: "b", arg: "b" }] });
  });
});

describe("jobs that fail", () => {
  it("are told, and end neither the processor nor the process", async () => {
    const { processor, failures } = setUp({
      process: () => {
        throw FAILED;
      },
    });
    for (let index = 0; index < 50; index += 1) await processor.schedule(String(index), "a");
    await turn();
    expect(failures).toHaveLength(50);
    expect(processor.stats()).toMatchObject({ failed: 50, queued: 0, running: 0, held: 0 });
  });
});

describe("what is counted", () => {
  it("is everything, and what waits is told apart from what runs", async () => {
    const { processor, run } = setUp();
    for (const key of ["a", "b", "c"]) await processor.schedule(key, key);
    await turn();
    expect(processor.queueLength).toBe(2);
    expect(processor.stats()).toMatchObject({ queued: 2, running: 1, held: 3 });
    await run(0).finish();
    expect(processor.queueLength).toBe(1);
    expect(processor.stats()).toMatchObject({ queued: 1, running: 1, held: 2, completed: 1 });
  });

  it("is not the duplicates as failures of the store", async () => {
    const { here, there } = setUpTwo();
    await here.processor.schedule("a", "a");
    await there.processor.schedule("a", "a");
    expect(there.processor.stats()).toMatchObject({ storeFailures: 0, refused: { held: 1 } });
    expect(there.failures).toEqual([]);
  });
});

describe("memory", () => {
  it("does not grow with the keys that were ever held", async () => {
    const dedup = new MemoryDedupStore();
    const processor = new BackgroundProcessor<undefined>({ dedup, process: () => {}, concurrency: Infinity });
    const scheduleMany = async (prefix: string) => {
      const keys = Array.from({ length: 1_000 }, (_, index) => `${prefix} ${index}`);
      await Promise.all(keys.map((key) => processor.schedule(key, undefined, { holdMs: 100 })));
      await turn();
    };
    for (let round = 0; round < 20; round += 1) {
      await scheduleMany(`round ${round}`);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(dedup.size).toBeLessThanOrEqual(3_000);
    await processor.stop({ drain: true });
  });
});
