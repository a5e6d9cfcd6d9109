import { getEventListeners } from "node:events";
import {
  BatchFailedError,
  BatchProcessor,
  BatchTimeoutError,
  OperationCancelledError,
  ProcessorStoppedError,
  unchanged,
} from "@disp/batch-processor";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, listenForUncaught, turn } from "../../../../tooling/observe.ts";
import { type Counter, delay, Gate, setUp } from "../../test/store.ts";

let uncaught: ReturnType<typeof listenForUncaught>;

beforeEach(() => {
  vi.useFakeTimers();
  uncaught = listenForUncaught();
});

afterEach(async () => {
  vi.useRealTimers();
  expect(await uncaught.stop()).toEqual([]);
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("operations of one key", () => {
  it("that come within the window share one load and one save, and each gets its result", async () => {
    const { log, add } = setUp({ minDurationMs: 100 });
    const first = add("a", 1);
    await pass(99);
    const second = add("a", 10);
    expect(log).toEqual([]);
    await pass(1);
    expect(await Promise.all([first, second])).toEqual([1, 11]);
    expect(log).toEqual(["load a", "save a 11"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("resolve when their batch was saved, and not before", async () => {
    const gate = new Gate();
    const { add } = setUp({ minDurationMs: 0, save: () => gate.pass() });
    const run = follow(add("a", 1));
    await turn();
    expect([gate.waiting, run.state]).toEqual([1, "pending"]);
    gate.open();
    await turn();
    expect(run.state).toBe("resolved");
  });

  it("that come while it waits for its lane, or is loaded, are in time; later ones get the next batch", async () => {
    const loads = new Gate();
    const saves = new Gate();
    const ran: string[] = [];
    const { processor } = setUp({
      minDurationMs: 0,
      lanes: 1,
      load: async (_, { signal }) => {
        await loads.pass(signal);
        return { n: 0 };
      },
      save: () => saves.pass(),
    });
    const run = (key: string, name: string) => void processor.run(key, () => ran.push(name));
    run("other", "other");
    await turn();
    run("a", "first");
    await turn();
    run("a", "while it waits");
    loads.open();
    await turn();
    saves.open();
    await turn();
    expect(loads.waiting).toBe(1);
    run("a", "while it is loaded");
    await turn();
    loads.open();
    await turn();
    expect(ran).toEqual(["other", "first", "while it waits", "while it is loaded"]);
    run("a", "while it is saved");
    await turn();
    expect([ran.length, loads.waiting]).toEqual([4, 0]);
    saves.open();
    await turn();
    loads.open();
    await turn();
    saves.open();
    await turn();
    expect(ran[4]).toBe("while it is saved");
    expect(processor.stats()).toEqual({ openBatches: 0, waitingOperations: 0, runningBatches: 0, busyLanes: 0 });
  });

  it("get a batch of their own when an operation asks for them", async () => {
    const { processor, log } = setUp({ minDurationMs: 0 });
    let inner: Promise<number> | undefined;
    await processor.run("a", (counter) => {
      inner = processor.run("a", (next) => (next.n += 10));
      counter.n += 1;
    });
    expect(await inner).toBe(11);
    expect(log).toEqual(["load a", "save a 1", "load a", "save a 11"]);
  });
});

describe("a full batch", () => {
  it("waits no longer, and the next operation opens the next batch, whose window is its own", async () => {
    const { log, add } = setUp({ minDurationMs: 100, maxOperations: 2 });
    const runs = [add("a", 1)];
    await pass(50);
    runs.push(add("a", 2), add("a", 3));
    await turn();
    expect(log).toEqual(["load a", "save a 3"]);
    await pass(99);
    expect(log).toHaveLength(2);
    await pass(1);
    expect(await Promise.all(runs)).toEqual([1, 3, 6]);
  });

  it("is one of as many operations as were not cancelled", async () => {
    const { log, add } = setUp({ minDurationMs: 100, maxOperations: 2 });
    const abort = new AbortController();
    const cancelled = errorOf(add("a", 1, abort.signal));
    abort.abort();
    void add("a", 2);
    await turn();
    expect(log).toEqual([]);
    void add("a", 3);
    await turn();
    expect(log).toEqual(["load a", "save a 5"]);
    expect(await cancelled).toBeInstanceOf(OperationCancelledError);
  });

  it("of one operation is what maxOperations 1 makes of each", async () => {
    const { log, add } = setUp({ maxOperations: 1 });
    expect(await Promise.all([add("a", 1), add("a", 2)])).toEqual([1, 3]);
    expect(log).toEqual(["load a", "save a 1", "load a", "save a 3"]);
  });
});

describe("with no window", () => {
  it("one burst is one batch, and so is what comes while the lane is busy", async () => {
    const { log, add } = setUp({ minDurationMs: 0, save: () => delay(10) });
    const burst = [add("a", 1), add("a", 2), add("a", 3)];
    await pass(5);
    void add("a", 4);
    await pass(3);
    void add("a", 5);
    await pass(2);
    await Promise.all(burst);
    expect(log).toEqual(["load a", "load a"]);
    await pass(10);
  });

  it("callers that take turns at once share batches", async () => {
    const { log, add } = setUp({ minDurationMs: 0 });
    const caller = async () => {
      for (let round = 0; round < 5; round++) await add("a", 1);
    };
    await Promise.all(Array.from({ length: 20 }, caller));
    expect(log.filter((line) => line.startsWith("load"))).toHaveLength(5);
  });

  it("nothing needs a timer while loads and saves are synchronous", async () => {
    const { add } = setUp({ minDurationMs: 0 });
    const run = add("a", 1);
    expect(vi.getTimerCount()).toBe(0);
    await run;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a lane", () => {
  it("does one thing at a time, in the order in which batches became ready", async () => {
    const { log, add } = setUp({
      lanes: 1,
      minDurationMs: 0,
      save: async (key) => {
        log.push(`save ${key}`);
        await delay(10);
        log.push(`saved ${key}`);
      },
    });
    void add("a", 1);
    void add("b", 1);
    await pass(5);
    void add("a", 1);
    await pass(30);
    expect(log).toEqual(["a", "b", "a"].flatMap((key) => [`load ${key}`, `save ${key}`, `saved ${key}`]));
  });

  it("takes a batch whose window is over before one that is full since then, though the timer is late", async () => {
    const { log, add } = setUp({ lanes: 1, minDurationMs: 100, maxOperations: 2 });
    const now = vi.spyOn(performance, "now");
    now.mockReturnValue(0);
    void add("window", 1);
    now.mockReturnValue(50);
    void add("full", 1);
    now.mockReturnValue(101);
    await add("full", 1);
    now.mockRestore();
    expect(log.filter((line) => line.startsWith("load"))).toEqual(["load window", "load full"]);
  });

  it("waits for nobody in another lane", async () => {
    const { log, processor } = setUp({
      lanes: 2,
      laneForKey: (key) => Number(key),
      minDurationMs: 0,
      save: () => new Promise(() => {}),
    });
    processor.run("0", (counter) => counter.n++).catch(() => {});
    processor.run("1", (counter) => counter.n++).catch(() => {});
    await turn();
    expect(log).toEqual(["load 0", "load 1"]);
    expect(processor.stats()).toEqual({ openBatches: 0, waitingOperations: 0, runningBatches: 2, busyLanes: 2 });
    await pass(1_000);
  });

  it.each([[-1], [2], [0.5], [NaN], ["0"], [undefined]])("cannot be number %s of two", async (lane) => {
    const { processor } = setUp({ lanes: 2, laneForKey: () => lane as number });
    const error = await errorOf(processor.run("a", () => {}));
    expect(error).toBeInstanceOf(typeof lane === "number" ? RangeError : TypeError);
    expect(String(error)).toContain(`Cannot run: laneForKey("a", 2) must be a whole number >= 0 and <= 1, got`);
    expect(processor.stats().openBatches).toBe(0);
  });

  it("that cannot be found rejects the run with what laneForKey threw", async () => {
    const { processor } = setUp({
      laneForKey: () => {
        throw new Error("which?");
      },
    });
    await expect(processor.run("a", () => {})).rejects.toThrow("which?");
    await processor.stop();
  });
});

describe("without load or save", () => {
  it("the resource is undefined, and nothing is saved", async () => {
    const processor = new BatchProcessor({ minDurationMs: 0 });
    const seen: unknown[] = [];
    expect(await processor.run("a", (resource) => seen.push(resource))).toBe(1);
    expect(seen).toEqual([undefined]);
  });

  it("a resource that is falsy is one all the same", async () => {
    const saved: unknown[] = [];
    for (const value of [0, "", false, null, undefined, NaN]) {
      const processor = new BatchProcessor({
        load: () => value,
        save: (_, it) => void saved.push(it),
        minDurationMs: 0,
      });
      expect(await processor.run("", (it) => it)).toBe(value);
    }
    expect(saved).toEqual([0, "", false, null, undefined, NaN]);
  });
});

describe("an operation that throws", () => {
  it("rejects its own run, when the batch is over, and the others are saved", async () => {
    const gate = new Gate();
    const { processor, add } = setUp({ minDurationMs: 0, save: () => gate.pass() });
    const before = add("a", 1);
    const thrower = follow(
      processor.run("a", () => {
        throw new Error("mine");
      }),
    );
    const after = add("a", 2);
    await turn();
    expect(thrower.state).toBe("pending");
    gate.open();
    expect(await Promise.all([before, after])).toEqual([1, 3]);
    expect(thrower.error).toEqual(new Error("mine"));
  });

  it("gets its own error even if the save fails", async () => {
    const { processor, add } = setUp({ minDurationMs: 0, save: () => Promise.reject(new Error("disk")) });
    const other = errorOf(add("a", 1));
    const mine = processor.run("a", () => {
      throw new Error("mine");
    });
    await expect(mine).rejects.toThrow("mine");
    expect(await other).toBeInstanceOf(BatchFailedError);
  });

  it("may throw anything, undefined included", async () => {
    const { processor } = setUp({ minDurationMs: 0 });
    const run = follow(
      processor.run("a", () => {
        throw undefined;
      }),
    );
    await turn();
    expect(run).toEqual({ state: "rejected", error: undefined });
  });
});

describe("an asynchronous operation", () => {
  it("is waited for before the next one starts", async () => {
    const { processor, log } = setUp({ minDurationMs: 0 });
    const first = processor.run("a", async (counter) => {
      log.push("first starts");
      await delay(10);
      log.push("first ends");
      counter.n += 1;
      return counter.n;
    });
    const second = processor.run("a", (counter) => {
      log.push("second");
      return (counter.n *= 10);
    });
    await pass(10);
    expect(await Promise.all([first, second])).toEqual([1, 10]);
    expect(log).toEqual(["load a", "first starts", "first ends", "second", "save a 10"]);
  });

  it("that rejects rejects its own run only", async () => {
    const { processor, add } = setUp({ minDurationMs: 0 });
    const mine = errorOf(processor.run("a", () => Promise.reject(new Error("mine"))));
    expect(await add("a", 1)).toBe(1);
    expect(await mine).toEqual(new Error("mine"));
  });

  it("that takes too long fails its batch, unsaved; the lane is free once it settles", async () => {
    const { processor, log, add, metrics } = setUp({ minDurationMs: 0, maxDurationMs: 100, lanes: 1 });
    const thrown = errorOf(
      processor.run("a", () => {
        throw new Error("mine");
      }),
    );
    const slow = errorOf(processor.run("a", () => delay(150)));
    const behind = errorOf(add("a", 1));
    await pass(99);
    const next = add("a", 7);
    await pass(1);
    expect(await slow).toBe(await behind);
    expect(await slow).toMatchObject({ key: "a", phase: "operation", cause: { phase: "operation", timeoutMs: 100 } });
    expect(await thrown).toEqual(new Error("mine"));
    expect(log).toEqual(["load a"]);
    expect(processor.stats()).toEqual({ openBatches: 1, waitingOperations: 1, runningBatches: 0, busyLanes: 1 });
    await pass(50);
    expect(await next).toBe(7);
    expect(log).toEqual(["load a", "load a", "save a 7"]);
    expect(metrics.map(({ error }) => error?.name)).toEqual(["BatchFailedError", undefined]);
  });

  it("may be any thenable, even one whose then throws", async () => {
    const { processor } = setUp({ minDurationMs: 0 });
    const thenable = { then: (resolve: (value: number) => void) => resolve(5) } as PromiseLike<number>;
    const broken = {
      get then(): never {
        throw new Error("no then");
      },
    };
    const run = processor.run("a", () => thenable);
    await expect(processor.run("a", () => broken)).rejects.toThrow("no then");
    expect(await run).toBe(5);
  });
});

describe("a batch in which nothing has changed", () => {
  it("is not saved", async () => {
    const { processor, log, metrics } = setUp({ minDurationMs: 0 });
    const looks = [
      processor.run("a", ({ n }) => unchanged(n)),
      processor.run("a", async () => unchanged("later")),
      processor.run("a", () => unchanged()),
    ];
    const thrown = errorOf(
      processor.run("a", () => {
        throw new Error("before any change");
      }),
    );
    expect(await Promise.all(looks)).toEqual([0, "later", undefined]);
    expect(await thrown).toBeInstanceOf(Error);
    expect(log).toEqual(["load a"]);
    expect(metrics).toMatchObject([{ saved: false, operations: 4, error: undefined }]);
  });

  it("is saved when one operation does not say so", async () => {
    const { processor, log, add } = setUp({ minDurationMs: 0 });
    const look = processor.run("a", ({ n }) => unchanged(n));
    await add("a", 1);
    expect(await look).toBe(0);
    expect(log).toEqual(["load a", "save a 1"]);
  });
});

describe("a load that fails", () => {
  const boom = new Error("boom");
  it.each<[string, () => Promise<Counter>]>([
    ["rejects", () => Promise.reject(boom)],
    [
      "throws",
      () => {
        throw boom;
      },
    ],
  ])("(it %s) rejects every run of the batch with one error, and nothing runs", async (_, load) => {
    const { processor, log, metrics } = setUp({ minDurationMs: 0, load });
    let ran = 0;
    const errors = await Promise.all(Array.from({ length: 3 }, () => errorOf(processor.run("a", () => ran++))));
    expect(new Set(errors).size).toBe(1);
    expect(errors[0]).toMatchObject({ name: "BatchFailedError", code: "DISP_BATCH_FAILED", key: "a", phase: "load" });
    expect((errors[0] as Error).cause).toBe(boom);
    expect([ran, log]).toEqual([0, []]);
    expect(metrics).toMatchObject([{ key: "a", operations: 3, saved: false, error: errors[0] }]);
    expect(processor.stats()).toEqual({ openBatches: 0, waitingOperations: 0, runningBatches: 0, busyLanes: 0 });
  });
});

describe("a call that takes too long", () => {
  it("is aborted, fails its batch at once, and keeps the lane until it settles", async () => {
    const loads = new Gate();
    const { log, add } = setUp({
      minDurationMs: 0,
      maxDurationMs: 100,
      lanes: 1,
      load: async (key, { signal }) => {
        log.push(`load ${key}`);
        await loads.pass(signal);
        return { n: 0 };
      },
    });
    const overdue = errorOf(add("a", 1));
    await pass(99);
    expect(loads.signals[0]?.aborted).toBe(false);
    const next = follow(add("a", 2));
    await pass(1);
    // The next one came in time for the load, so it fails along.
    expect(next.error).toBe(await overdue);
    const error = await overdue;
    expect(error).toMatchObject({ phase: "load", cause: { name: "BatchTimeoutError", key: "a", phase: "load" } });
    expect(loads.signals[0]?.reason).toBe((error as Error).cause);
    const later = add("a", 3);
    await pass(50);
    expect(log).toEqual(["load a"]);
    loads.open();
    await turn();
    expect(log).toEqual(["load a", "load a"]);
    loads.open();
    expect(await later).toBe(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves no zombie: what it answers too late changes nothing", async () => {
    const saves = new Gate();
    const { log, add } = setUp({ minDurationMs: 0, maxDurationMs: 100, save: () => saves.pass() });
    const overdue = errorOf(add("a", 1));
    await pass(100);
    expect(await overdue).toMatchObject({ phase: "save" });
    const next = follow(add("a", 1));
    await pass(10);
    expect(log).toEqual(["load a"]);
    saves.fail(new Error("too late to matter"));
    await turn();
    expect(log).toEqual(["load a", "load a"]);
    saves.open();
    await turn();
    expect(next.state).toBe("resolved");
  });

  it("for ever sends away who has been ready behind it for as long as a call may take", async () => {
    const { processor, add, metrics } = setUp({
      minDurationMs: 0,
      maxDurationMs: 100,
      lanes: 1,
      load: (key) => (key === "hung" ? new Promise(() => {}) : { n: 0 }),
    });
    const hung = follow(add("hung", 1));
    await pass(60);
    const waited = follow(add("a", 1));
    await pass(40);
    expect([hung.state, waited.state]).toEqual(["rejected", "pending"]);
    await pass(30);
    const later = follow(add("b", 1));
    await pass(29);
    expect(waited.state).toBe("pending");
    await pass(1);
    expect(waited.error).toMatchObject({ name: "BatchFailedError", key: "a", phase: "load" });
    expect((waited.error as Error).cause).toBeInstanceOf(BatchTimeoutError);
    expect((waited.error as Error).cause).toMatchObject({ key: "a", phase: "load", timeoutMs: 100, blockedBy: "hung" });
    expect(later.state).toBe("pending");
    await pass(70);
    expect(later.error).toMatchObject({ key: "b", cause: { blockedBy: "hung" } });
    expect(metrics.map(({ key, waitMs, loadMs }) => [key, waitMs, loadMs])).toEqual([
      ["hung", 0, 100],
      ["a", 100, 0],
      ["b", 100, 0],
    ]);
    expect(vi.getTimerCount()).toBe(0);
    expect(processor.stats()).toEqual({ openBatches: 0, waitingOperations: 0, runningBatches: 0, busyLanes: 1 });
  });

  it("for ever sends away who comes long after, when nothing else is left to wake for", async () => {
    const { add } = setUp({ minDurationMs: 5, lanes: 1, load: () => new Promise<Counter>(() => {}) });
    const hung = follow(add("hung", 1));
    await pass(60_000);
    expect([hung.state, vi.getTimerCount()]).toEqual(["rejected", 0]);
    const late = follow(add("late", 1));
    await pass(5 + 999);
    expect(late.state).toBe("pending");
    await pass(1);
    expect(late.error).toMatchObject({ key: "late", cause: { blockedBy: "hung", timeoutMs: 1_000 } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has its own time, whatever the others took and however long the batch waited", async () => {
    const { add } = setUp({
      minDurationMs: 500,
      load: async () => (await delay(900), { n: 0 }),
      save: () => delay(900),
    });
    const run = add("a", 1);
    await pass(500 + 900 + 900);
    expect(await run).toBe(1);
  });

  it("does not fail those who wait in a lane that is merely busy", async () => {
    const { add } = setUp({ minDurationMs: 0, maxDurationMs: 100, lanes: 1, save: () => delay(90) });
    const runs = Array.from({ length: 10 }, (_, key) => add(`${key}`, 1));
    await pass(900);
    expect(await Promise.all(runs)).toEqual(Array.from({ length: 10 }, () => 1));
  });

  it("is no such thing when maxDurationMs is Infinity", async () => {
    const { add } = setUp({ minDurationMs: 0, maxDurationMs: Infinity, save: () => delay(1e9) });
    const run = follow(add("a", 1));
    await pass(1e9 - 1);
    expect(run.state).toBe("pending");
    await pass(1);
    expect(run.state).toBe("resolved");
  });

  it("gets an aborted signal even if it looks at it only then", async () => {
    let look: (() => AbortSignal) | undefined;
    const { add } = setUp({
      minDurationMs: 0,
      save: (_key, _counter, context) => {
        look = () => context.signal;
        return new Promise(() => {});
      },
    });
    const error = errorOf(add("a", 1));
    await pass(1_000);
    expect(look?.().aborted).toBe(true);
    expect(look?.()).toBe(look?.());
    expect(look?.().reason).toBe(((await error) as Error).cause);
  });
});

describe("a conflict", () => {
  class Conflict extends Error {}
  const isConflict = (error: unknown) => error instanceof Conflict;

  /** Somebody else changes the value before each of the first saves. */
  function contended(conflicts: number, options: Parameters<typeof setUp>[0] = {}) {
    let left = conflicts;
    const store = setUp({
      minDurationMs: 0,
      isConflict,
      save: async (key, { n }) => {
        store.log.push(`save ${key} ${n}`);
        if (left-- > 0) {
          store.values.set(key, (store.values.get(key) ?? 0) + 100);
          throw new Conflict();
        }
        store.values.set(key, n);
      },
      ...options,
    });
    return store;
  }

  it("makes the batch load again and replay, and the results of the last replay count", async () => {
    const { add, log, values, metrics } = contended(1);
    expect(await Promise.all([add("a", 1), add("a", 2)])).toEqual([101, 103]);
    expect(log).toEqual(["load a", "save a 3", "load a", "save a 103"]);
    expect(values.get("a")).toBe(103);
    expect(metrics).toMatchObject([{ replays: 1, saved: true, operations: 2 }]);
  });

  it("is tried again at once, then after random delays that grow, at most conflictRetries times", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const savedAt: number[] = [];
    const { add } = contended(9, {
      conflictRetries: 4,
      save: () => {
        savedAt.push(performance.now());
        throw new Conflict();
      },
    });
    const startedAt = performance.now();
    const error = errorOf(add("a", 1));
    await pass(35);
    expect(await error).toMatchObject({ phase: "save", cause: new Conflict() });
    expect(savedAt.map((at) => at - startedAt)).toEqual([0, 0, 5, 15, 35]);
    expect(vi.getTimerCount()).toBe(0);
    vi.restoreAllMocks();
  });

  it("in three replays is the default, and in none is what conflictRetries 0 means", async () => {
    for (const [conflictRetries, saves] of [
      [undefined, 4],
      [0, 1],
    ] as const) {
      const { add, log } = contended(9, { conflictRetries });
      const error = errorOf(add("a", 1));
      await pass(1_000);
      expect(await error).toBeInstanceOf(BatchFailedError);
      expect(log.filter((line) => line.startsWith("save"))).toHaveLength(saves);
    }
  });

  it("asks an operation that threw again, and the last error counts", async () => {
    const { processor, add } = contended(1);
    let calls = 0;
    const thrower = errorOf(
      processor.run("a", () => {
        calls += 1;
        throw new Error(`call ${calls}`);
      }),
    );
    const heals = processor.run("a", ({ n }) => {
      if (n < 100) throw new Error("not yet");
      return "now";
    });
    await add("a", 1);
    expect(await thrower).toEqual(new Error("call 2"));
    expect(await heals).toBe("now");
  });

  it("of a load is one too, and until it is loaded newcomers are in time", async () => {
    let loads = 0;
    const { add, log } = contended(0, {
      load: async () => {
        loads += 1;
        if (loads < 3) throw new Conflict();
        return { n: 0 };
      },
    });
    const first = add("a", 1);
    await turn();
    const second = add("a", 1);
    await pass(5);
    expect([await first, await second, loads]).toEqual([1, 2, 3]);
    expect(log).toEqual(["save a 2"]);
  });

  it("is no reason to load again when everybody has given up meanwhile", async () => {
    const loads = new Gate();
    const { add, processor } = contended(0, { load: async () => (await loads.pass(), { n: 0 }) });
    const abort = new AbortController();
    const run = errorOf(add("a", 1, abort.signal));
    await turn();
    abort.abort();
    loads.fail(new Conflict());
    await turn();
    expect(await run).toBeInstanceOf(OperationCancelledError);
    expect([loads.waiting, processor.stats().busyLanes]).toEqual([0, 0]);
  });

  it("keeps the lane while it waits, and what comes then gets the next batch", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const { add, log } = contended(2, { lanes: 1 });
    const first = add("a", 1);
    await pass(1);
    const second = add("b", 5);
    const third = add("a", 7);
    await pass(10);
    expect(await Promise.all([first, second, third])).toEqual([201, 5, 208]);
    expect(log.filter((line) => line.startsWith("save"))).toEqual([
      "save a 1",
      "save a 101",
      "save a 201",
      "save b 5",
      "save a 208",
    ]);
    vi.restoreAllMocks();
  });

  it("is not assumed when isConflict throws: that surfaces, and the batch fails", async () => {
    const { add, log } = contended(1, {
      isConflict: () => {
        throw new Error("hook");
      },
    });
    const error = await errorOf(add("a", 1));
    expect(error).toMatchObject({ phase: "save", cause: new Conflict() });
    expect(log).toHaveLength(2);
    vi.useRealTimers();
    expect(await uncaught.stop()).toEqual([new Error("hook")]);
    uncaught = listenForUncaught();
  });

  it("does not save when the replay changes nothing", async () => {
    const { processor, log } = contended(1);
    const run = processor.run("a", (counter) => (counter.n >= 100 ? unchanged(counter.n) : (counter.n += 1)));
    expect(await run).toBe(100);
    expect(log).toEqual(["load a", "save a 1", "load a"]);
  });
});

describe("a signal", () => {
  it("that is aborted already rejects before anything happens", async () => {
    const { processor, log } = setUp();
    const reason = { any: "thing" };
    const error = await errorOf(processor.run("a", () => {}, { signal: AbortSignal.abort(reason) }));
    expect(error).toMatchObject({ name: "OperationCancelledError", code: "DISP_OPERATION_CANCELLED", key: "a" });
    expect((error as Error).cause).toBe(reason);
    expect([log, vi.getTimerCount(), processor.stats().openBatches]).toEqual([[], 0, 0]);
  });

  it("takes its operation out of the batch, and the others run", async () => {
    const { add, log, metrics } = setUp();
    const abort = new AbortController();
    const runs = [add("a", 1), add("a", 10, abort.signal), add("a", 100)];
    await pass(50);
    abort.abort("no more");
    expect(await errorOf(runs[1] as Promise<number>)).toMatchObject({ cause: "no more" });
    await pass(50);
    expect(await Promise.all([runs[0], runs[2]])).toEqual([1, 101]);
    expect(log).toEqual(["load a", "save a 101"]);
    expect(metrics).toMatchObject([{ operations: 2, cancelled: 1 }]);
  });

  it("of the last operation takes the batch along: nothing is loaded, and no timer is left", async () => {
    const { add, log, processor, metrics } = setUp();
    const abort = new AbortController();
    const run = errorOf(add("a", 1, abort.signal));
    abort.abort();
    await run;
    expect([vi.getTimerCount(), processor.stats().openBatches]).toEqual([0, 0]);
    await pass(100);
    expect([log, metrics]).toEqual([[], []]);
    const later = add("a", 1);
    await pass(100);
    expect(await later).toBe(1);
  });

  it("does so, too, while the batch stands in line, and even when it is full", async () => {
    const saves = new Gate();
    const { add, log, processor } = setUp({ minDurationMs: 0, lanes: 1, maxOperations: 1, save: () => saves.pass() });
    void add("busy", 1);
    await turn();
    const abort = new AbortController();
    const full = errorOf(add("a", 1, abort.signal));
    const next = add("a", 2);
    abort.abort();
    await full;
    expect(processor.stats()).toMatchObject({ waitingOperations: 1 });
    saves.open();
    await turn();
    saves.open();
    expect(await next).toBe(2);
    expect(log).toEqual(["load busy", "load a"]);
  });

  it("during the load leaves it to whoever comes meanwhile, and saves nothing if nobody does", async () => {
    const loads = new Gate();
    const { processor, add, log, metrics } = setUp({
      minDurationMs: 0,
      load: async () => (await loads.pass(), { n: 0 }),
    });
    const abort = new AbortController();
    const run = follow(add("a", 1, abort.signal));
    await turn();
    abort.abort();
    await turn();
    expect(run.error).toBeInstanceOf(OperationCancelledError);
    expect(processor.stats()).toEqual({ openBatches: 1, waitingOperations: 0, runningBatches: 1, busyLanes: 1 });
    loads.open();
    await turn();
    expect(log).toEqual([]);
    expect(metrics).toMatchObject([{ operations: 0, cancelled: 1, saved: false }]);
    expect(processor.stats()).toEqual({ openBatches: 0, waitingOperations: 0, runningBatches: 0, busyLanes: 0 });
  });

  it("after its operation ran changes nothing, not even during a replay", async () => {
    const saves = new Gate();
    const { add } = setUp({ minDurationMs: 0, isConflict: () => true, save: () => saves.pass() });
    const abort = new AbortController();
    const run = follow(add("a", 1, abort.signal));
    await turn();
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
    saves.fail("conflict");
    await turn();
    abort.abort();
    saves.open();
    await turn();
    expect(run.state).toBe("resolved");
  });

  it("still counts while an earlier operation of the batch is waited for", async () => {
    const { processor, add, values } = setUp({ minDurationMs: 0 });
    const abort = new AbortController();
    const slow = processor.run("a", async (counter) => {
      await delay(10);
      counter.n += 1;
    });
    const cancelled = errorOf(add("a", 10, abort.signal));
    const last = add("a", 100);
    await pass(5);
    abort.abort();
    expect(await cancelled).toBeInstanceOf(OperationCancelledError);
    await pass(5);
    await slow;
    expect(await last).toBe(101);
    expect(values.get("a")).toBe(101);
  });

  it("keeps no listener once its run is settled, however that was", async () => {
    const { signal } = new AbortController();
    const { add, processor } = setUp({ minDurationMs: 0, load: () => Promise.reject(new Error("no")) });
    await errorOf(add("a", 1, signal));
    await errorOf(add("b", 1, signal));
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await processor.stop();
    await errorOf(add("c", 1, signal));
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("shared by a hundred thousand operations cancels all of them quickly", async () => {
    const { add, processor } = setUp();
    const abort = new AbortController();
    const errors = Array.from({ length: 100_000 }, () => errorOf(add("a", 1, abort.signal)));
    const other = add("a", 1);
    abort.abort();
    expect(processor.stats().waitingOperations).toBe(1);
    expect(await errors[99_999]).toBeInstanceOf(OperationCancelledError);
    await pass(100);
    expect(await other).toBe(1);
  });
});

describe("stop", () => {
  it("ends windows early, saves what is there, and takes nothing new", async () => {
    const { processor, add, log } = setUp({ save: async (key) => void log.push(`save ${key}`) });
    const run = add("a", 1);
    const stopped = follow(processor.stop());
    const refused = await errorOf(add("a", 2));
    expect(refused).toMatchObject({ name: "ProcessorStoppedError", code: "DISP_PROCESSOR_STOPPED", key: "a" });
    expect((refused as ProcessorStoppedError).phase).toBeUndefined();
    expect(await run).toBe(1);
    await turn();
    expect(stopped.state).toBe("resolved");
    expect(log).toEqual(["load a", "save a"]);
    expect(vi.getTimerCount()).toBe(0);
    expect(await errorOf(add("b", 2))).toBeInstanceOf(ProcessorStoppedError);
  });

  it("is at once when there is nothing to do, and any number of times", async () => {
    const { processor } = setUp();
    await Promise.all([processor.stop(), processor.stop({ timeoutMs: 0 }), processor.stop()]);
    await processor.stop({ timeoutMs: 5 });
    await processor[Symbol.asyncDispose]();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits for running calls and for replays", async () => {
    const { processor, add } = setUp({
      minDurationMs: 0,
      isConflict: () => true,
      save: async () => {
        await delay(10);
        throw new Error("conflict");
      },
    });
    const run = errorOf(add("a", 1));
    await turn();
    const stopped = follow(processor.stop());
    await pass(30);
    expect(stopped.state).toBe("pending");
    await pass(1_000);
    expect(await run).toBeInstanceOf(BatchFailedError);
    expect(stopped.state).toBe("resolved");
  });

  it("at its deadline rejects what is left, aborts what runs, and resolves", async () => {
    const saves = new Gate();
    const { processor, add, metrics } = setUp({
      minDurationMs: 0,
      lanes: 1,
      save: (_key, _counter, { signal }) => saves.pass(signal),
    });
    const saving = errorOf(add("a", 1));
    await turn();
    const waiting = errorOf(add("b", 1));
    const stopped = follow(processor.stop({ timeoutMs: 50 }));
    await pass(49);
    expect(stopped.state).toBe("pending");
    await pass(1);
    expect(stopped.state).toBe("resolved");
    const [one, two] = [(await saving) as ProcessorStoppedError, (await waiting) as ProcessorStoppedError];
    expect(one).toMatchObject({
      name: "ProcessorStoppedError",
      key: "a",
      phase: "save",
      cause: { name: "TimeoutError" },
    });
    expect(two).toMatchObject({ name: "ProcessorStoppedError", key: "b", phase: undefined });
    expect(two.cause).toBe(one.cause);
    expect(String(one.cause)).toContain("within 50 ms");
    expect(saves.signals[0]?.reason).toBe(one.cause);
    expect(vi.getTimerCount()).toBe(0);
    expect(metrics.map(({ key, error }) => [key, error])).toEqual([
      ["a", one],
      ["b", two],
    ]);
    saves.open();
    await turn();
    expect(processor.stats()).toEqual({ openBatches: 0, waitingOperations: 0, runningBatches: 0, busyLanes: 0 });
  });

  it("has the earliest of its deadlines", async () => {
    const { processor, add } = setUp({ minDurationMs: 0, save: () => new Promise(() => {}) });
    const run = errorOf(add("a", 1));
    const first = follow(processor.stop({ timeoutMs: 500 }));
    await pass(10);
    const second = follow(processor.stop({ timeoutMs: 90 }));
    void processor.stop({ timeoutMs: 900 });
    await pass(89);
    expect([first.state, second.state]).toEqual(["pending", "pending"]);
    await pass(1);
    expect([first.state, second.state]).toEqual(["resolved", "resolved"]);
    expect(String(((await run) as Error).cause)).toContain("within 90 ms");
  });

  it("never lets an operation run once it has resolved", async () => {
    const loads = new Gate();
    let ran = 0;
    const { processor } = setUp({ minDurationMs: 0, load: async () => (await loads.pass(), { n: 0 }) });
    const run = errorOf(processor.run("a", () => ran++));
    await turn();
    await Promise.all([processor.stop({ timeoutMs: 5 }), pass(5)]);
    loads.open();
    await turn();
    expect(await run).toMatchObject({ phase: "load" });
    expect(ran).toBe(0);
  });

  it("ends a pause before a replay, and the operations behind one that is waited for", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const { processor, add } = setUp({
      minDurationMs: 0,
      isConflict: () => true,
      save: () => Promise.reject(new Error("conflict")),
    });
    let ran = 0;
    const pausing = errorOf(add("a", 1));
    const slow = errorOf(processor.run("b", () => delay(500)));
    const behind = errorOf(processor.run("b", () => ran++));
    await turn();
    const stopped = processor.stop({ timeoutMs: 3 });
    await pass(3);
    await stopped;
    expect(vi.getTimerCount()).toBe(1); // the operation's own
    await pass(1_000);
    expect(await pausing).toMatchObject({ name: "ProcessorStoppedError", phase: "save" });
    expect(await slow).toMatchObject({ name: "ProcessorStoppedError", phase: "operation" });
    expect(await behind).toBe(await slow);
    expect([ran, processor.stats().busyLanes]).toEqual([0, 0]);
    vi.restoreAllMocks();
  });

  it("with no time left still does what needs no time", async () => {
    const { processor, add } = setUp();
    const runs = [add("a", 1), add("b", 2)];
    const stopped = processor.stop({ timeoutMs: 0 });
    await pass(0);
    await stopped;
    expect(await Promise.all(runs)).toEqual([1, 2]);
  });

  it("does not wait for a call that is overdue", async () => {
    const { processor, add } = setUp({ minDurationMs: 0, load: () => new Promise(() => {}) });
    const run = errorOf(add("a", 1));
    await pass(1_000);
    expect(await run).toBeInstanceOf(BatchFailedError);
    await processor.stop();
  });

  it("is what the end of its block does", async () => {
    const { processor, add, values } = setUp();
    {
      await using disposed = processor;
      void add("a", 1);
      expect(disposed.stats().openBatches).toBe(1);
    }
    expect(values.get("a")).toBe(1);
  });

  it.each([[{ timeoutMs: -1 }], [{ timeoutMs: NaN }], [{ timeoutMs: "1" }], [null]])("refuses %o", async (options) => {
    const { processor, add } = setUp({ minDurationMs: 0 });
    await expect(processor.stop(options as never)).rejects.toThrow("Cannot stop: ");
    expect(await add("a", 1)).toBe(1);
  });
});

describe("a metric", () => {
  it("tells how a batch went, after its runs were settled", async () => {
    const order: string[] = [];
    const { processor, add, metrics } = setUp({
      minDurationMs: 20,
      lanes: 3,
      laneForKey: () => 2,
      load: async () => (await delay(3), { n: 0 }),
      save: () => delay(5),
    });
    processor.subscribe(() => void Promise.resolve().then(() => order.push("metric")));
    await pass(7);
    const startedAt = performance.now();
    void add("a", 1).then(() => order.push("run"));
    void processor.run("a", () => delay(4));
    await pass(32);
    expect(metrics).toEqual([
      {
        key: "a",
        lane: 2,
        startedAt,
        operations: 2,
        cancelled: 0,
        waitMs: 20,
        loadMs: 3,
        operationsMs: 4,
        saveMs: 5,
        totalMs: 32,
        saved: true,
        replays: 0,
        error: undefined,
      },
    ]);
    expect(order).toEqual(["run", "metric"]);
    expect(Object.isFrozen(metrics[0])).toBe(true);
  });

  it("reaches every listener though one throws, and nobody who has ended", async () => {
    const { processor, add } = setUp({ minDurationMs: 0 });
    const heard: string[] = [];
    const end = processor.subscribe(() => {
      throw new Error("listener");
    });
    const twice = () => void heard.push("twice");
    const endTwice = processor.subscribe(twice);
    processor.subscribe(twice);
    processor.subscribe(() => new Promise(() => {}) as never);
    expect(await add("a", 1)).toBe(1);
    expect(heard).toEqual(["twice", "twice"]);
    end();
    end();
    endTwice();
    expect(await add("a", 1)).toBe(2);
    expect(heard).toEqual(["twice", "twice", "twice"]);
    vi.useRealTimers();
    expect(await uncaught.stop()).toEqual([new Error("listener")]);
    uncaught = listenForUncaught();
  });

  it("needs a function that hears it", () => {
    const { processor } = setUp();
    expect(() => processor.subscribe(5 as never)).toThrow("Cannot subscribe: listener must be a function, got 5");
  });
});

describe("arguments of run", () => {
  it.each([
    [5, () => {}, undefined, "Cannot run: key must be a string, got 5"],
    ["a", undefined, undefined, "Cannot run: operation must be a function, got undefined"],
    ["a", () => {}, { signal: {} }, "Cannot run: signal must be an AbortSignal, got an object"],
  ])("(%o, %o, %o) reject when they are wrong, and change nothing", async (key, operation, options, message) => {
    const { processor } = setUp();
    const error = await errorOf(processor.run(key as never, operation as never, options as never));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(message);
    expect(processor.stats().openBatches).toBe(0);
  });

  it("may be any string, the empty one and names of Object's own properties included", async () => {
    const { add } = setUp({ minDurationMs: 0 });
    for (const key of ["", "__proto__", "constructor", "\u0000", "ключ"]) expect(await add(key, 1)).toBe(1);
  });
});

describe("work that never waits", () => {
  /** How much was done between turns of the event loop, where something was. Needs real timers. */
  function watchTurns(done: () => number, total: number): number[] {
    const steps: number[] = [];
    let before = 0;
    const tick = () => {
      const count = done();
      if (count > before) steps.push(count - before);
      before = count;
      if (count < total) setImmediate(tick);
    };
    setImmediate(tick);
    return steps;
  }

  /** A clock that only operations move. */
  function workClock(): { now: number } {
    const clock = { now: 0 };
    vi.useRealTimers();
    vi.spyOn(performance, "now").mockImplementation(() => clock.now);
    return clock;
  }

  afterEach(() => {
    vi.restoreAllMocks();
  });

  // A batch of one counts as 9 operations, and the clock is read once for 256.
  const BATCHES_PER_LOOK = 29;

  it("lets the event loop turn after 4 ms of batches", async () => {
    const clock = workClock();
    const { processor, metrics } = setUp({ minDurationMs: 0, maxOperations: 1 });
    const steps = watchTurns(() => metrics.length, 2_000);
    await Promise.all(Array.from({ length: 2_000 }, () => processor.run("a", () => void (clock.now += 0.1))));
    // Two rests may fall into one turn as setImmediate sees it.
    expect(Math.max(...steps)).toBeLessThanOrEqual(2 * 2 * BATCHES_PER_LOOK);
    expect(steps.length).toBeLessThanOrEqual(1 + 2_000 / (2 * (BATCHES_PER_LOOK - 1)));
  });

  it("lets it turn after as much work of a thousand lanes", async () => {
    const clock = workClock();
    const { processor, metrics } = setUp({ minDurationMs: 0, lanes: 1e6 });
    const steps = watchTurns(() => metrics.length, 2_000);
    const work = () => void (clock.now += 0.1);
    await Promise.all(Array.from({ length: 2_000 }, (_, key) => processor.run(`${key}`, work)));
    expect(Math.max(...steps)).toBeLessThanOrEqual(2 * 2 * BATCHES_PER_LOOK);
    expect(steps.length).toBeLessThanOrEqual(1 + 2_000 / (2 * (BATCHES_PER_LOOK - 1)));
  });

  it("lets it turn after 256 operations, however slow they are", async () => {
    const clock = workClock();
    const { processor } = setUp({ minDurationMs: 0 });
    let ran = 0;
    const steps = watchTurns(() => ran, 2_000);
    const work = () => {
      ran += 1;
      clock.now += 50;
    };
    await Promise.all(Array.from({ length: 2_000 }, () => processor.run("a", work)));
    expect(Math.max(...steps)).toBeLessThanOrEqual(2 * 256);
  });

  it("lets it turn although its clock stands still", async () => {
    workClock();
    const { processor } = setUp({ minDurationMs: 0 });
    let ran = 0;
    const steps = watchTurns(() => ran, 200_000);
    await Promise.all(Array.from({ length: 200_000 }, () => processor.run("a", () => void (ran += 1))));
    expect(Math.max(...steps)).toBeLessThanOrEqual(2 * 65_536);
  });

  it("does not rest for work that is quickly done", async () => {
    const clock = workClock();
    const { processor, metrics } = setUp({ minDurationMs: 0, lanes: 1e6 });
    const steps = watchTurns(() => metrics.length, 3_000);
    const work = () => void (clock.now += 0.001);
    await Promise.all(Array.from({ length: 3_000 }, (_, key) => processor.run(`${key}`, work)));
    expect(steps).toEqual([]);
    expect(metrics).toHaveLength(3_000);
  });

  it("lets others go on while a huge batch rests", async () => {
    const clock = workClock();
    const { processor, add } = setUp({ minDurationMs: 0, lanes: 2, laneForKey: (key) => Number(key) });
    let ran = 0;
    const work = () => {
      ran += 1;
      clock.now += 0.001;
    };
    const huge = Array.from({ length: 50_000 }, () => processor.run("0", work));
    expect(await add("1", 1)).toBe(1);
    // It had the first turn, the next, and what was left of the one in which the other ran.
    expect(ran).toBeLessThanOrEqual(3 * (4_000 + 256));
    await Promise.all(huge);
  });

  it("lets it turn inside a huge batch, and nothing comes between", async () => {
    const clock = workClock();
    const { processor, log, add } = setUp({ minDurationMs: 0, lanes: 1 });
    let ran = 0;
    const steps = watchTurns(() => ran, 50_000);
    const work = () => {
      ran += 1;
      clock.now += 0.001;
    };
    const runs = Array.from({ length: 50_000 }, () => processor.run("a", work));
    const other = add("b", 1);
    await Promise.all(runs);
    await other;
    expect(log).toEqual(["load a", "save a 0", "load b", "save b 1"]);
    expect(Math.max(...steps)).toBeLessThanOrEqual(2 * (4_000 + 256));
  });

  it("can be stopped while it rests", async () => {
    let ran = 0;
    const { processor, add } = setUp({ minDurationMs: 0 });
    vi.spyOn(performance, "now").mockImplementation(() => ran / 100);
    const runs = Array.from({ length: 20_000 }, () => errorOf(processor.run("a", () => ran++)));
    await Promise.resolve();
    await Promise.resolve();
    // The first look was after 248, since the batch itself counts as 8.
    expect(ran).toBe(504);
    const stopped = processor.stop({ timeoutMs: 0 });
    vi.advanceTimersByTime(0);
    await stopped;
    expect(await runs[0]).toMatchObject({ phase: "operation" });
    vi.useRealTimers();
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(ran).toBe(504);
    expect(await errorOf(add("a", 1))).toBeInstanceOf(ProcessorStoppedError);
  });
});
