import {
  type BatchFailedError,
  BatchProcessor,
  type BatchProcessorOptions,
  BatchTimeoutError,
  type KeyLease,
  KeyLockLostError,
  type KeyLock,
  MemoryKeyLock,
} from "@disp/batch-processor";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, listenForUncaught, turn } from "../../../tooling/observe.ts";
import { type Counter, delay, Gate, setUp } from "./store.ts";

let uncaught: ReturnType<typeof listenForUncaught>;

beforeEach(() => {
  uncaught = listenForUncaught();
  vi.useFakeTimers();
});

afterEach(async () => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  expect(await uncaught.stop()).toEqual([]);
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A lease that does what the test says. */
class FakeLease implements KeyLease {
  readonly token: number;
  isHeld = true;
  released = 0;
  release: () => Promise<void>;
  readonly #listeners: (() => void)[] = [];

  constructor(token: number, onRelease: () => Promise<void> | void = () => {}) {
    this.token = token;
    this.release = async () => {
      this.released += 1;
      await onRelease();
    };
  }

  onLost(listener: () => void): void {
    this.#listeners.push(listener);
  }

  lose(): void {
    this.isHeld = false;
    for (const listener of this.#listeners) listener();
  }
}

/** A lock that hands out leases at once, and writes down what is done with it. */
function fakeLock(log: string[], onRelease: () => Promise<void> | void = () => {}) {
  const leases: FakeLease[] = [];
  const lock: KeyLock = {
    async acquire(key) {
      const token = leases.length + 1;
      log.push(`acquire ${key} ${token}`);
      const lease = new FakeLease(token, () => {
        log.push(`release ${key} ${token}`);
        return onRelease();
      });
      leases.push(lease);
      return lease;
    },
  };
  return { lock, leases };
}

function withLock(options: BatchProcessorOptions<Counter> = {}, onRelease?: () => Promise<void> | void) {
  const log: string[] = [];
  const { lock, leases } = fakeLock(log, onRelease);
  const values = new Map<string, number>();
  const store = setUp({
    load: (key, { token }) => {
      log.push(`load ${key} ${token}`);
      return { n: values.get(key) ?? 0 };
    },
    save: (key, { n }, { token }) => {
      log.push(`save ${key} ${n} ${token}`);
      values.set(key, n);
    },
    lock,
    minDurationMs: 0,
    ...options,
  });
  return { ...store, values, log, leases };
}

const LOST = { name: "BatchFailedError", code: "DISP_BATCH_FAILED", phase: "lock", key: "a" };

describe("a batch with a lock", () => {
  it("takes it before the load, hands its token to load and save, and gives it back after the save", async () => {
    const { add, log } = withLock();
    expect(await Promise.all([add("a", 1), add("a", 2), add("b", 5)])).toEqual([1, 3, 5]);
    expect(log.filter((line) => / a( |$)/.test(line))).toEqual([
      "acquire a 1",
      "load a 1",
      "save a 3 1",
      "release a 1",
    ]);
    expect(log.filter((line) => / b( |$)/.test(line))).toEqual([
      "acquire b 2",
      "load b 2",
      "save b 5 2",
      "release b 2",
    ]);
    expect(await add("a", 1)).toBe(4);
    expect(log.slice(-4)).toEqual(["acquire a 3", "load a 3", "save a 4 3", "release a 3"]);
  });

  it("has no token without a lock, and nothing to count", async () => {
    const tokens: unknown[] = [];
    const { add, processor, metrics } = setUp({
      save: (_, __, context) => void tokens.push({ ...context }.token),
      minDurationMs: 0,
    });
    await add("a", 1);
    expect([tokens, processor.stats().failedReleases, metrics[0]?.lockMs]).toEqual([[undefined], undefined, undefined]);
  });

  it("lets newcomers join while it waits for the lock, and says how long that was", async () => {
    const lock = new MemoryKeyLock();
    const other = await lock.acquire("a");
    const { add, log, metrics, processor } = setUp({ lock, minDurationMs: 0 });
    const first = follow(add("a", 1));
    await pass(30);
    const second = follow(add("a", 1));
    await pass(12);
    expect([log, processor.stats().runningBatches, processor.stats().openBatches]).toEqual([[], 1, 1]);
    await other.release();
    await turn();
    expect([first.value, second.value]).toEqual([1, 2]);
    expect(metrics[0]).toMatchObject({ operations: 2, waitMs: 0, lockMs: 42, saved: true });
  });

  it("asks for the lock of the next batch after it has given back its own, and frees nothing before", async () => {
    const { add, log } = withLock({}, () => delay(50));
    const first = follow(add("a", 1));
    await turn();
    expect(first.state).toBe("resolved");
    const second = follow(add("a", 1));
    await turn();
    expect(second.state).toBe("resolved");
    expect(log.filter((line) => /acquire|release/.test(line))).toEqual([
      ...["acquire a 1", "release a 1", "acquire a 2", "release a 2"],
    ]);
    await pass(50);
  });

  it("keeps its lock through replays", async () => {
    let conflicts = 2;
    const { add, log } = withLock({
      save: (key, { n }, { token }) => {
        log.push(`save ${key} ${n} ${token}`);
        if (conflicts-- > 0) throw new Error("conflict");
      },
      isConflict: () => true,
    });
    const run = follow(add("a", 1));
    await pass(100);
    expect(run.value).toBe(1);
    expect(log).toEqual([
      ...["acquire a 1", "load a 1", "save a 1 1", "load a 1", "save a 1 1", "load a 1", "save a 1 1", "release a 1"],
    ]);
  });

  it("gives it back when there is nothing to load, nothing to save, or a failure", async () => {
    const { add, log, processor } = withLock({ load: () => Promise.reject(new Error("no")) });
    const failed = follow(add("a", 1));
    await turn();
    expect(failed.error).toMatchObject({ phase: "load" });
    expect(log).toEqual(["acquire a 1", "release a 1"]);
    const abort = new AbortController();
    const lock = new MemoryKeyLock();
    const other = await lock.acquire("a");
    const waiting = setUp({ lock, minDurationMs: 0 });
    const cancelled = follow(waiting.add("a", 1, abort.signal));
    await turn();
    abort.abort();
    await other.release();
    await turn();
    expect([cancelled.state, waiting.log]).toEqual(["rejected", []]);
    expect((await lock.acquire("a")).isHeld).toBe(true);
    expect(processor.stats().failedReleases).toBe(0);
  });

  it("never works on a key with another processor at the same time, and loses no operation", async () => {
    const lock = new MemoryKeyLock();
    const row = new Map<string, number>();
    const tokens = new Map<string, number[]>();
    const make = (ms: number) =>
      new BatchProcessor<Counter>({
        lock,
        minDurationMs: 0,
        maxDurationMs: Infinity,
        lanes: 2,
        load: async (key) => (await delay(ms), { n: row.get(key) ?? 0 }),
        async save(key, { n }, { token = 0 }) {
          await delay(ms);
          row.set(key, n);
          tokens.set(key, [...(tokens.get(key) ?? []), token]);
        },
      });
    const processors = [make(1), make(2), make(3)];
    const runs = Array.from({ length: 600 }, async (_, n) => {
      await delay(n % 50);
      await processors[n % 3]?.run(`${n % 4}`, (counter) => (counter.n += 1));
    });
    const all = follow(Promise.all(runs));
    await pass(5_000);
    expect(all.state).toBe("resolved");
    expect([...row.values()].reduce((sum, n) => sum + n, 0)).toBe(600);
    for (const list of tokens.values()) expect(list).toEqual([...new Set(list)].sort((a, b) => a - b));
  });
});

describe("a lock that cannot be had", () => {
  it("fails the batch after maxDurationMs, and its late lease is given back", async () => {
    const lock = new MemoryKeyLock();
    const other = await lock.acquire("a");
    const { add, log } = setUp({ lock, minDurationMs: 0, maxDurationMs: 100 });
    const run = follow(add("a", 1));
    await pass(99);
    expect(run.state).toBe("pending");
    await pass(1);
    expect(run.error).toMatchObject({ ...LOST, cause: { name: "BatchTimeoutError", phase: "lock", timeoutMs: 100 } });
    expect((run.error as BatchFailedError).cause).toBeInstanceOf(BatchTimeoutError);
    await other.release();
    expect((await lock.acquire("a")).isHeld).toBe(true);
    expect(log).toEqual([]);
  });

  it("keeps the lane while a lock that ignores its signal is waited for, and gives back what comes of it", async () => {
    const gate = new Gate();
    const lease = new FakeLease(7);
    const lock: KeyLock = { acquire: (_, { signal }) => gate.pass(signal).then(() => lease) };
    const { add, processor, log } = setUp({ lock, minDurationMs: 0, maxDurationMs: 10, lanes: 1 });
    const first = follow(add("a", 1));
    await pass(10);
    expect([first.state, gate.signals[0]?.aborted, processor.stats().busyLanes]).toEqual(["rejected", true, 1]);
    const second = follow(add("b", 1));
    await pass(5);
    gate.open();
    await turn();
    expect([lease.released, gate.waiting, log]).toEqual([1, 1, []]);
    gate.open();
    await turn();
    expect([second.value, lease.released]).toEqual([1, 2]);
  });

  it.each<[string, () => Promise<KeyLease>]>([
    ["rejects", () => Promise.reject(new Error("away"))],
    [
      "throws",
      () => {
        throw new Error("away");
      },
    ],
  ])("fails the batch when acquire %s, and is no conflict", async (_, acquire) => {
    const { add, log } = setUp({ lock: { acquire }, minDurationMs: 0, isConflict: () => true });
    const run = follow(add("a", 1));
    await turn();
    expect(run.error).toMatchObject({ ...LOST, cause: { message: "away" } });
    expect((run.error as Error).message).toMatch(
      /^Cannot hold the lock of batch "a": its lock must be held until it is saved, got /u,
    );
    expect(log).toEqual([]);
  });

  it.each([undefined, null, 5, {}, { token: "7" }, { token: 7, onLost: () => {} }])(
    "fails the batch when acquire resolves with %j, which is no lease",
    async (answer) => {
      const { add, processor } = setUp({
        lock: { acquire: async () => answer as unknown as KeyLease },
        minDurationMs: 0,
      });
      const run = follow(add("a", 1));
      await turn();
      expect(run.error).toMatchObject({ ...LOST, cause: { name: "TypeError" } });
      expect(processor.stats().busyLanes).toBe(0);
    },
  );
});

describe("a lock that is lost", () => {
  it("before the load: nothing is loaded", async () => {
    const lease = new FakeLease(3);
    lease.isHeld = false;
    const { add, log } = setUp({ lock: { acquire: async () => lease }, minDurationMs: 0 });
    const run = follow(add("a", 1));
    await turn();
    const cause = { name: "KeyLockLostError", code: "DISP_KEY_LOCK_LOST", key: "a", token: 3 };
    expect(run.error).toMatchObject({ ...LOST, cause });
    expect((run.error as Error).cause).toBeInstanceOf(KeyLockLostError);
    expect([log, lease.released]).toEqual([[], 1]);
  });

  it("while it is loaded: the load is aborted, the runs reject at once, and nothing is saved", async () => {
    const gate = new Gate();
    const { add, log, leases, metrics } = withLock({
      load: (_, { signal }) => gate.pass(signal).then(() => ({ n: 0 })),
    });
    const runs = [follow(add("a", 1)), follow(add("a", 1))];
    await turn();
    leases[0]?.lose();
    await turn();
    expect(runs[0]?.error).toMatchObject(LOST);
    expect(runs[1]?.error).toBe(runs[0]?.error);
    expect(gate.signals[0]?.reason).toBe((runs[0]?.error as Error).cause);
    expect([metrics[0]?.saved, leases[0]?.released]).toEqual([false, 0]);
    gate.open();
    await turn();
    expect([log, leases[0]?.released]).toEqual([["acquire a 1", "release a 1"], 1]);
  });

  it("while it is saved: the save is aborted, and lane and lock are kept until it settles", async () => {
    const gate = new Gate();
    const { add, leases, processor, log } = withLock({ save: (_, __, { signal }) => gate.pass(signal), lanes: 1 });
    const run = follow(add("a", 1));
    await turn();
    leases[0]?.lose();
    await turn();
    expect(run.error).toMatchObject(LOST);
    expect(gate.signals[0]?.reason).toBeInstanceOf(KeyLockLostError);
    const next = follow(add("a", 1));
    await turn();
    expect([processor.stats().busyLanes, leases.length, next.state]).toEqual([1, 1, "pending"]);
    gate.fail(gate.signals[0]?.reason);
    await turn();
    expect([leases[0]?.released, leases.length]).toEqual([1, 2]);
    gate.open();
    await turn();
    expect(next.state).toBe("resolved");
    expect(log.filter((line) => line.startsWith("load"))).toEqual(["load a 1", "load a 2"]);
  });

  it("while those behind it wait for its save: they lose patience on their own", async () => {
    const gate = new Gate();
    const { add, leases } = withLock({
      save: (_, __, { signal }) => gate.pass(signal),
      lanes: 1,
      maxDurationMs: 1_000,
    });
    const first = follow(add("a", 1));
    await turn();
    const second = follow(add("b", 1));
    await pass(10);
    leases[0]?.lose();
    await pass(989);
    expect([first.state, second.state]).toEqual(["rejected", "pending"]);
    await pass(1);
    expect(second.error).toMatchObject({ phase: "load", cause: { blockedBy: "a" } });
    gate.open();
    await turn();
  });

  it("while an asynchronous operation runs: nothing is saved, and the lock is kept until it settles", async () => {
    const { processor, leases, log } = withLock();
    const gate = new Gate();
    const run = follow(processor.run("a", () => gate.pass()));
    await turn();
    leases[0]?.lose();
    await turn();
    expect([run.state, leases[0]?.released]).toEqual(["rejected", 0]);
    gate.open();
    await turn();
    expect(log).toEqual(["acquire a 1", "load a 1", "release a 1"]);
  });

  it("inside of an operation: the others run, and nothing is saved", async () => {
    const { processor, leases, log } = withLock();
    let calls = 0;
    const runs = [1, 2, 3].map(() =>
      follow(
        processor.run("a", () => {
          calls += 1;
          leases[0]?.lose();
        }),
      ),
    );
    await turn();
    expect(calls).toBe(3);
    for (const run of runs) expect(run.error).toMatchObject(LOST);
    expect(log).toEqual(["acquire a 1", "load a 1", "release a 1"]);
  });

  it.each(["load", "save"] as const)("inside of a %s that goes on: its signal is aborted", async (phase) => {
    const gate = new Gate();
    const call = (signal: AbortSignal): Promise<void> => {
      leases[0]?.lose();
      return gate.pass(signal);
    };
    const { add, leases, processor } = withLock({
      load: async (_, { signal }) => (phase === "load" ? (await call(signal), { n: 0 }) : { n: 0 }),
      save: (_, __, { signal }) => call(signal),
    });
    const run = follow(add("a", 1));
    await turn();
    expect(run.error).toMatchObject(LOST);
    expect([gate.signals[0]?.aborted, processor.stats().busyLanes]).toEqual([true, 1]);
    gate.open();
    await turn();
    expect([processor.stats().busyLanes, leases[0]?.released]).toEqual([0, 1]);
  });

  it("between the load and the save, by the clock alone: the save does not begin", async () => {
    const { processor, leases, log } = withLock();
    const run = follow(
      processor.run("a", () => {
        // No timer has had its chance to tell.
        if (leases[0] !== undefined) leases[0].isHeld = false;
      }),
    );
    await turn();
    expect(run.error).toMatchObject(LOST);
    expect(log).toEqual(["acquire a 1", "load a 1", "release a 1"]);
  });

  it("before the answer to its save, by the clock alone: nobody knows what was kept", async () => {
    const gate = new Gate();
    const { add, leases, metrics } = withLock({ save: () => gate.pass() });
    const run = follow(add("a", 1));
    await turn();
    if (leases[0] !== undefined) leases[0].isHeld = false;
    gate.open();
    await turn();
    expect([run.error, metrics[0]?.saved, leases[0]?.released]).toMatchObject([LOST, false, 1]);
  });

  it("in a pause before a replay: it is not loaded again", async () => {
    const { add, leases, log } = withLock({
      save: () => {
        throw new Error("conflict");
      },
      isConflict: () => true,
    });
    vi.spyOn(Math, "random").mockReturnValue(0.99);
    const run = follow(add("a", 1));
    await turn();
    leases[0]?.lose();
    await turn();
    expect(run.error).toMatchObject(LOST);
    await pass(1_000);
    expect(log).toEqual(["acquire a 1", "load a 1", "load a 1", "release a 1"]);
    vi.restoreAllMocks();
  });

  it("after the batch was settled: nobody is told", async () => {
    const { add, leases, metrics } = withLock();
    expect(await add("a", 1)).toBe(1);
    leases[0]?.lose();
    await turn();
    expect(metrics.map(({ saved, error }) => [saved, error])).toEqual([[true, undefined]]);
  });

  it("after its save has ended well: it was saved", async () => {
    const { add, leases, values } = withLock({ save: async (key, { n }) => void values.set(key, n) });
    const run = follow(add("a", 1));
    await turn();
    leases[0]?.lose();
    expect([run.value, values.get("a")]).toEqual([1, 1]);
  });

  it("is lost, too, when it cannot say whether it is held", async () => {
    const broken = Object.defineProperty(new FakeLease(1), "isHeld", {
      get: () => {
        throw new Error("broken");
      },
    });
    const { add, log } = setUp({ lock: { acquire: async () => broken }, minDurationMs: 0 });
    const run = follow(add("a", 1));
    await turn();
    expect([run.error, log]).toMatchObject([LOST, []]);
    vi.useRealTimers();
    expect(await uncaught.stop()).toEqual([new Error("broken")]);
    vi.useFakeTimers();
    uncaught = listenForUncaught();
  });
});

describe("a release", () => {
  it("that fails is no failure of the batch, and is counted", async () => {
    let isSync = true;
    const { add, processor } = withLock({}, () => {
      if ((isSync = !isSync)) throw new Error("no");
      return Promise.reject(new Error("no"));
    });
    expect(await add("a", 1)).toBe(1);
    expect(await add("a", 1)).toBe(2);
    await turn();
    expect(processor.stats().failedReleases).toBe(2);
  });

  it("is waited for by stop, but not by the run", async () => {
    const { add, processor } = withLock({}, () => delay(50));
    const run = follow(add("a", 1));
    await turn();
    const stopped = follow(processor.stop());
    await pass(49);
    expect([run.state, stopped.state]).toEqual(["resolved", "pending"]);
    await pass(1);
    expect(stopped.state).toBe("resolved");
  });

  it("that hangs is waited for as long as a call may take", async () => {
    const { add, processor } = withLock({ maxDurationMs: 70 }, () => new Promise(() => {}));
    await add("a", 1);
    const stopped = follow(processor.stop());
    await pass(69);
    expect(stopped.state).toBe("pending");
    await pass(1);
    expect([stopped.state, processor.stats().failedReleases]).toEqual(["resolved", 1]);
  });

  it("that hangs is waited for no longer than stop was told", async () => {
    const { add, processor } = withLock({ maxDurationMs: Infinity }, () => new Promise(() => {}));
    await add("a", 1);
    const stopped = follow(processor.stop({ timeoutMs: 20 }));
    await pass(19);
    expect(stopped.state).toBe("pending");
    await pass(1);
    expect([stopped.state, processor.stats().failedReleases]).toEqual(["resolved", 1]);
  });
});

describe("stop at its deadline", () => {
  it("ends the wait for a lock", async () => {
    const lock = new MemoryKeyLock();
    const other = await lock.acquire("a");
    const { add, processor } = setUp({ lock, minDurationMs: 0, maxDurationMs: Infinity });
    const run = follow(add("a", 1));
    await turn();
    const stopped = follow(processor.stop({ timeoutMs: 20 }));
    await pass(20);
    expect(run.error).toMatchObject({ name: "ProcessorStoppedError", phase: "lock" });
    expect(stopped.state).toBe("resolved");
    await other.release();
    expect((await lock.acquire("a")).isHeld).toBe(true);
  });

  it("leaves the lock with a save that hangs, until that settles", async () => {
    const gate = new Gate();
    const { add, processor, leases } = withLock({ save: (_, __, { signal }) => gate.pass(signal) });
    const run = follow(add("a", 1));
    await turn();
    const stopped = follow(processor.stop({ timeoutMs: 20 }));
    await pass(20);
    expect([run.state, stopped.state, leases[0]?.released]).toEqual(["rejected", "resolved", 0]);
    gate.open();
    await turn();
    expect(leases[0]?.released).toBe(1);
  });
});

describe("the option lock", () => {
  it("must be a lock", () => {
    const make = (lock: unknown) => () => new BatchProcessor({ lock: lock as KeyLock });
    expect(make({})).toThrow("Cannot create a BatchProcessor: lock must be an object with acquire(), got an object");
    expect(make(null)).toThrow(TypeError);
    expect(make(undefined)).not.toThrow();
  });
});
