import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Batch } from "./batch.ts";
import { Metrics } from "./metrics.ts";
import { joinBatch } from "./operation.ts";
import { type BatchProcessorOptions, normalize } from "./options.ts";
import { Runner } from "./runner.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function setUp(options: BatchProcessorOptions<undefined>) {
  const log: string[] = [];
  const runner = new Runner<undefined>({
    options: normalize({
      load: (key) => {
        log.push(`load ${key}`);
        return undefined;
      },
      ...options,
    }),
    metrics: new Metrics(),
    timed: [],
    closed: ({ key }) => log.push(`closed ${key}`),
    settled: ({ key }) => log.push(`settled ${key}`),
    idle: () => log.push("idle"),
  });
  const add = (key: string, lane = 0) => {
    const batch = new Batch<undefined>({ waiting: 0, emptied: () => {} }, key, lane, performance.now());
    const end = joinBatch(batch, () => key, undefined).catch((error: unknown) => error);
    runner.add(batch, performance.now());
    return { batch, end };
  };
  return { runner, log, add };
}

describe("Runner", () => {
  it("starts after the burst, with one batch of each free lane, and goes on in their lines", async () => {
    const { log, add } = setUp({});
    for (const [key, lane] of [
      ["a", 0],
      ["b", 0],
      ["c", 1],
    ] as const)
      add(key, lane);
    expect(log).toEqual([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(log.filter((line) => line.startsWith("load"))).toEqual(["load a", "load c", "load b"]);
  });

  it("passes over a batch that has left", async () => {
    const { log, add, runner } = setUp({});
    runner.remove(add("a").batch);
    const { end } = add("b");
    expect(await end).toBe("b");
    expect(log).toEqual(["load b", "closed b", "settled b"]);
    expect([runner.busyLanes, runner.running]).toEqual([0, 0]);
  });

  it("counts what runs, and what only keeps its lane", async () => {
    const { runner, add } = setUp({ load: () => new Promise(() => {}) });
    const { end } = add("a");
    add("b", 1);
    await vi.advanceTimersByTimeAsync(0);
    expect([runner.busyLanes, runner.running]).toEqual([2, 2]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await end).toMatchObject({ phase: "load" });
    expect([runner.busyLanes, runner.running]).toEqual([2, 0]);
  });

  it("ends everything when it is called off", async () => {
    const { runner, add } = setUp({ load: () => new Promise(() => {}) });
    const ends = [add("a").end, add("b").end];
    await vi.advanceTimersByTimeAsync(0);
    runner.callOff("enough");
    expect(await Promise.all(ends)).toMatchObject([
      { name: "ProcessorStoppedError", phase: "load", cause: "enough" },
      { name: "ProcessorStoppedError", phase: undefined, cause: "enough" },
    ]);
    runner.sleep();
    expect(vi.getTimerCount()).toBe(0);
  });
});
