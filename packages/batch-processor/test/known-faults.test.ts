import { BatchFailedError, BatchProcessor, ProcessorStoppedError, unchanged } from "@disp/batch-processor";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, turn } from "../../../tooling/observe.ts";
import { delay, delayUnlessAborted, Gate, setUp } from "./store.ts";

// What processors of this kind have got wrong before.

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("a load that fails for fifty callers", () => {
  it("is one load, and all of them hear of it at the same moment", async () => {
    let loads = 0;
    const { add } = setUp({
      load: async () => {
        loads += 1;
        await delay(10);
        throw new Error("no database");
      },
    });
    const runs = Array.from({ length: 50 }, () => follow(add("a", 1)));
    await pass(110);
    expect(loads).toBe(1);
    expect(new Set(runs.map(({ error }) => error)).size).toBe(1);
    expect(runs[49]?.error).toBeInstanceOf(BatchFailedError);
  });
});

describe("an operation after stop has resolved", () => {
  it.each([{ minDurationMs: 0 }, { minDurationMs: 100 }])(
    "never runs, whatever raced with it (%o)",
    async (options) => {
      for (let trial = 0; trial < 300; trial++) {
        const { processor } = setUp({ ...options, load: async () => (await delay(trial % 4), { n: 0 }) });
        let isStopped = false;
        let ranLate = 0;
        const operation = () => (isStopped ? (ranLate += 1) : 0);
        const runs = ["a", "b", "a"].map((key) => follow(processor.run(key, operation)));
        await pass(trial % 3);
        void processor.stop(trial % 2 === 0 ? {} : { timeoutMs: trial % 5 }).then(() => (isStopped = true));
        runs.push(follow(processor.run("a", operation)));
        await pass(200);
        expect([isStopped, ranLate]).toEqual([true, 0]);
        expect(runs.filter(({ state }) => state === "pending")).toEqual([]);
        expect(runs[3]?.error).toBeInstanceOf(ProcessorStoppedError);
      }
    },
  );
});

describe("a batch that is opened while stop is called", () => {
  it("is either saved before stop resolves, or refused: there is no third way", async () => {
    const { processor, add, values } = setUp({ minDurationMs: 0 });
    const inside = processor.run("a", (counter) => {
      counter.n += 1;
      void processor.stop();
      return errorOf(add("a", 1));
    });
    const stopped = processor.stop().then(() => values.get("a"));
    expect(await inside).toBeInstanceOf(ProcessorStoppedError);
    expect(await stopped).toBe(1);
  });
});

describe("a second stop", () => {
  it("is no error: both resolve together, at the earlier deadline", async () => {
    const { processor, add } = setUp({ save: () => new Promise(() => {}) });
    const run = follow(add("a", 1));
    const stops = [follow(processor.stop()), follow(processor.stop({ timeoutMs: 30 })), follow(processor.stop())];
    await pass(29);
    expect(stops.map(({ state }) => state)).toEqual(["pending", "pending", "pending"]);
    await pass(1);
    expect(stops.map(({ state }) => state)).toEqual(["resolved", "resolved", "resolved"]);
    expect(run.error).toBeInstanceOf(ProcessorStoppedError);
    await processor.stop();
  });
});

describe("a batch of readers", () => {
  it("costs no save", async () => {
    const { processor, log } = setUp();
    const reads = Array.from({ length: 10 }, () => processor.run("a", ({ n }) => unchanged(n)));
    await pass(100);
    expect(await Promise.all(reads)).toEqual(Array.from({ length: 10 }, () => 0));
    expect(log).toEqual(["load a"]);
  });
});

describe("an operation without rivals", () => {
  it("waits for nobody when minDurationMs is 0, and still shares when there are some", async () => {
    const { add, log } = setUp({ minDurationMs: 0, save: () => delay(5) });
    const startedAt = performance.now();
    const alone = add("a", 1).then(() => performance.now() - startedAt);
    await pass(5);
    expect(await alone).toBe(5);
    const rivals = [add("a", 1)];
    for (let ms = 0; ms < 4; ms++) {
      await pass(1);
      rivals.push(add("a", 1));
    }
    await pass(6);
    await Promise.all(rivals);
    expect(log).toEqual(["load a", "load a", "load a"]);
  });

  it("fills a batch of its own when maxOperations is 1", async () => {
    const { add } = setUp({ minDurationMs: 100, maxOperations: 1 });
    const run = follow(add("a", 1));
    await turn();
    expect(run.state).toBe("resolved");
  });
});

describe("a save of 150 ms, or of 900 ms", () => {
  it("is in time with the default options, whatever the window and the load took", async () => {
    const { add, processor } = setUp({
      load: async () => (await delay(900), { n: 0 }),
      save: (key, _, { signal }) => delayUnlessAborted(key === "short" ? 150 : 900, signal),
    });
    const runs = [add("short", 1), add("long", 2)];
    await pass(100 + 900 + 900);
    expect(await Promise.all(runs)).toEqual([1, 2]);
    await processor.stop();
  });
});

describe("a load that is slow", () => {
  it("takes nothing from the window, and what it loads is not older than the window's end", async () => {
    const values = new Map([["a", 1]]);
    const { add } = setUp({
      minDurationMs: 100,
      load: async (key) => {
        await delay(80);
        return { n: values.get(key) ?? 0 };
      },
    });
    const first = add("a", 10);
    await pass(99);
    values.set("a", 2);
    const last = add("a", 100);
    await pass(1 + 80);
    expect(await Promise.all([first, last])).toEqual([12, 112]);
  });
});

describe("an operation", () => {
  it("has a result, and one that throws ends neither the process nor the batch", async () => {
    const { processor, add, values } = setUp({ minDurationMs: 0 });
    const panic = errorOf(
      processor.run("a", () => {
        throw new Error("panic");
      }),
    );
    expect(await add("a", 5)).toBe(5);
    expect(await panic).toEqual(new Error("panic"));
    expect(values.get("a")).toBe(5);
  });
});

describe("two processors that change one row", () => {
  it("lose nothing when saves compare versions and isConflict says so", async () => {
    const row = { version: 0, n: 0 };
    class VersionConflict extends Error {}
    const processors = Array.from(
      { length: 2 },
      () =>
        new BatchProcessor<{ version: number; n: number }>({
          minDurationMs: 0,
          conflictRetries: 100,
          isConflict: (error) => error instanceof VersionConflict,
          load: async () => {
            await delay(2);
            return { ...row };
          },
          save: async (_, { version, n }) => {
            await delay(2);
            if (version !== row.version) throw new VersionConflict();
            Object.assign(row, { version: version + 1, n });
          },
        }),
    );
    const callers = Array.from({ length: 20 }, async (_, index) => {
      for (let round = 0; round < 5; round++) await processors[index % 2]?.run("row", (it) => (it.n += 1));
    });
    const all = follow(Promise.all(callers));
    await pass(10_000);
    expect([all.state, row.n]).toEqual(["resolved", 100]);
  });
});

describe("a caller that gives up", () => {
  it("takes its operation back as long as it has not run, and the key is forgotten with the last one", async () => {
    const { processor, add, log } = setUp();
    for (let index = 0; index < 1_000; index++) {
      const abort = new AbortController();
      const run = errorOf(add(`key ${index}`, 1, abort.signal));
      abort.abort();
      expect(await run).toMatchObject({ name: "OperationCancelledError" });
    }
    expect(processor.stats()).toEqual({ openBatches: 0, waitingOperations: 0, runningBatches: 0, busyLanes: 0 });
    expect([vi.getTimerCount(), log]).toEqual([0, []]);
  });
});

describe("a listener of metrics that is slow, abandoned or broken", () => {
  it("holds up no batch and no stop", async () => {
    const { processor, add } = setUp({ minDurationMs: 0 });
    processor.subscribe(() => new Promise<void>(() => {}) as unknown as void);
    for (let index = 0; index < 100; index++) expect(await add("a", 1)).toBe(index + 1);
    await processor.stop();
  });
});

describe("callers that wait for the next batch of a busy key", () => {
  it("get into it in the order of their calls, ahead of those who come later", async () => {
    const saves = new Gate();
    const { processor } = setUp({ minDurationMs: 0, maxOperations: 2, save: () => saves.pass() });
    const ran: number[] = [];
    for (let index = 0; index < 6; index++) void processor.run("a", () => ran.push(index));
    for (let batch = 0; batch < 3; batch++) {
      await turn();
      saves.open();
    }
    await turn();
    expect(ran).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
