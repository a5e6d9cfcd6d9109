import { getEventListeners } from "node:events";
import { BatchProcessor, type BatchProcessorOptions } from "@disp/batch-processor";
import { describe, expect, it } from "vitest";
import { heapUsed } from "../../../tooling/heap-used.ts";

const MEGABYTE = 1_000_000;
const UNTIMED = { timeout: 0 };

interface Counter {
  n: number;
}

const counters = (options: BatchProcessorOptions<Counter>) =>
  new BatchProcessor<Counter>({ load: () => ({ n: 0 }), save: () => {}, minDurationMs: 0, ...options });
const increment = (counter: Counter): number => (counter.n += 1);

/** One run for each key, all at once. */
async function runAll(processor: BatchProcessor<Counter>, keys: number): Promise<void> {
  let last: Promise<number> | undefined;
  for (let key = 0; key < keys; key++) last = processor.run(`key ${key}`, increment);
  await last;
  // The last batch to be opened need not be the last to be saved.
  while (processor.stats().busyLanes + processor.stats().openBatches > 0) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

describe("memory", () => {
  it("can be measured here", () => {
    expect(globalThis.gc).toBeTypeOf("function");
  });

  it.each([{ lanes: 64 }, { lanes: 1e6, minDurationMs: 1 }])(
    "is given back after a million keys (%o)",
    UNTIMED,
    async (options) => {
      const processor = counters(options);
      await runAll(processor, 1_000);
      const before = await heapUsed();
      await runAll(processor, 1_000_000);
      expect((await heapUsed()) - before).toBeLessThan(2 * MEGABYTE);
      expect(processor.stats()).toEqual({ openBatches: 0, waitingOperations: 0, runningBatches: 0, busyLanes: 0 });
    },
  );

  it("is given back after a million operations of one key", UNTIMED, async () => {
    const processor = counters({});
    await processor.run("a", increment);
    const before = await heapUsed();
    for (let index = 1; index < 1_000_000; index++) void processor.run("a", increment);
    expect(await processor.run("a", increment)).toBe(1_000_000);
    expect((await heapUsed()) - before).toBeLessThan(2 * MEGABYTE);
    expect(await processor.run("a", increment)).toBe(1);
  });

  it("does not grow with operations that are cancelled in a batch that stays open", UNTIMED, async () => {
    const processor = counters({ minDurationMs: 1e9 });
    const survivor = processor.run("a", increment);
    const cancelMany = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) {
        const abort = new AbortController();
        const run = processor.run("a", increment, { signal: abort.signal }).catch(() => {});
        abort.abort();
        await run;
      }
    };
    // The tables of the engine that know all signals grow once.
    await cancelMany(50_000);
    const before = await heapUsed();
    await cancelMany(50_000);
    expect((await heapUsed()) - before).toBeLessThan(MEGABYTE);
    expect(processor.stats().waitingOperations).toBe(1);
    await processor.stop();
    expect(await survivor).toBe(1);
  });

  it("does not grow with full batches whose windows would have been long", UNTIMED, async () => {
    const processor = counters({ minDurationMs: 1e9, maxOperations: 2 });
    const runPairs = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) {
        await Promise.all([processor.run(`key ${index}`, increment), processor.run(`key ${index}`, increment)]);
      }
    };
    await runPairs(1_000);
    const before = await heapUsed();
    await runPairs(50_000);
    expect((await heapUsed()) - before).toBeLessThan(MEGABYTE);
    expect(processor.stats().openBatches).toBe(0);
  });

  it("does not grow with runs that share a signal which is never aborted", UNTIMED, async () => {
    const { signal } = new AbortController();
    const processor = counters({});
    const runMany = async (rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round++) {
        await Promise.all(
          Array.from({ length: 1_000 }, (_, key) => processor.run(`${key % 10}`, increment, { signal })),
        );
      }
    };
    await runMany(10);
    const before = await heapUsed();
    await runMany(50);
    expect((await heapUsed()) - before).toBeLessThan(MEGABYTE);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await processor.stop();
  });
});
