import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallableWorker, OnDone, OnFail } from "./callable-worker.ts";
import { WorkerPool } from "./worker-pool.ts";

interface Tasks {
  short(n: number): number;
  long(n: number): number;
}

/** A worker elsewhere: it begins calls when the test says so, and answers them one by one. */
class Elsewhere implements CallableWorker<Tasks> {
  declare readonly tasks?: Tasks;
  readonly lookahead = 4;
  isUsable = true;
  /** Whether calls do not heed that they are aborted. */
  isDeaf = false;
  readonly log: string[] = [];
  readonly #calls: { name: string; n: number; onDone: OnDone; onFail: OnFail; hasBegun: boolean }[] = [];

  get waiting(): number {
    return this.#calls.length;
  }

  call(name: string, args: readonly unknown[], _: readonly unknown[], onDone: OnDone, onFail: OnFail): void {
    this.#calls.push({ name, n: args[0] as number, onDone, onFail, hasBegun: false });
  }

  begin(count = 1): void {
    for (const call of this.#calls.slice(0, count)) call.hasBegun = true;
  }

  answer(count = 1): void {
    for (let each = 0; each < count; each += 1) {
      this.begin();
      const call = this.#calls.shift();
      this.log.push(`${call?.name} ${call?.n}`);
      call?.onDone(call.n);
    }
  }

  crash(): void {
    this.isUsable = false;
    this.#calls.shift()?.onFail(new Error("crashed"));
    this.#calls.length = 0;
  }

  abort(reason: unknown): void {
    if (this.isDeaf) return;
    this.#calls.shift()?.onFail(reason);
  }

  takeBack(): number {
    const begun = this.#calls.filter(({ hasBegun }) => hasBegun).length;
    return this.#calls.splice(begun).length;
  }
}

describe("calls ahead of time", () => {
  let made: Elsewhere[];
  let pool: WorkerPool<Elsewhere>;

  beforeEach(() => {
    vi.useFakeTimers();
    made = [];
  });

  afterEach(() => void vi.useRealTimers());

  /** A pool that has seen a short call and a long one, so that it knows what to expect. */
  const start = async (maxWorkers: number) => {
    pool = new WorkerPool<Elsewhere>({
      maxWorkers,
      minWorkers: maxWorkers,
      worker: {
        create: () => {
          made.push(new Elsewhere());
          return made.at(-1) as Elsewhere;
        },
        isUsable: ({ isUsable }) => isUsable,
      },
      onError: () => {},
    });
    pool.run();
    await vi.advanceTimersByTimeAsync(0);
    const first = [pool.call("short", [0]), pool.call("long", [0])];
    for (const worker of made) worker.answer(worker.waiting);
    await vi.advanceTimersByTimeAsync(10);
    for (const worker of made) worker.answer(worker.waiting);
    await Promise.all(first);
    // With one worker, the long one came second; with two they ran side by side.
    if (maxWorkers > 1) {
      const long = pool.call("long", [0]);
      await vi.advanceTimersByTimeAsync(1_000);
      for (const worker of made) worker.answer(worker.waiting);
      await long;
    }
    for (const worker of made) worker.log.length = 0;
  };

  const only = (): Elsewhere => made[0] as Elsewhere;

  it("hands short calls to a busy worker, and no more of them than it takes", async () => {
    await start(1);
    const results = Array.from({ length: 8 }, (_, n) => pool.call("short", [n]));
    expect(only().waiting).toBe(5);
    expect(pool.stats()).toMatchObject({ running: 1, queued: 7 });
    only().answer();
    expect(only().waiting).toBe(5);
    only().answer(7);
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(pool.stats()).toMatchObject({ running: 0, queued: 0, completed: 10 });
    await pool.quit();
  });

  it("keeps long calls in the line, and what is behind them", async () => {
    await start(1);
    const results = [pool.call("short", [1]), pool.call("long", [2]), pool.call("short", [3])];
    expect(only().waiting).toBe(1);
    only().answer();
    expect(only().waiting).toBe(1);
    only().answer();
    only().answer();
    expect(await Promise.all(results)).toEqual([1, 2, 3]);
    await pool.quit();
  });

  it("gives back what a dead worker had not begun, in order, and fails one call alone", async () => {
    await start(1);
    const results = Array.from({ length: 6 }, (_, n) =>
      pool.call("short", [n]).catch((error: unknown) => String(error)),
    );
    only().crash();
    await vi.advanceTimersByTimeAsync(0);
    expect(made).toHaveLength(2);
    made[1]?.answer(5);
    expect(await Promise.all(results)).toEqual(["Error: crashed", 1, 2, 3, 4, 5]);
    expect(made[1]?.log).toEqual(["short 1", "short 2", "short 3", "short 4", "short 5"]);
    await pool.quit();
  });

  it("never begins a call that is called off while it is ahead", async () => {
    await start(1);
    const controller = new AbortController();
    const first = pool.call("short", [1]);
    const second = pool.call("short", [2], { signal: controller.signal });
    const third = pool.call("short", [3]);
    only().begin();
    controller.abort("off");
    await expect(second).rejects.toBe("off");
    only().answer(2);
    expect([await first, await third, only().log]).toEqual([1, 3, ["short 1", "short 3"]]);
    await pool.quit();
  });

  it("asks a call to stop that is called off when it has begun", async () => {
    await start(1);
    const controller = new AbortController();
    const first = pool.call("short", [1]);
    const second = pool.call("short", [2], { signal: controller.signal });
    const third = pool.call("short", [3]);
    only().begin(2);
    controller.abort("off");
    await expect(second).rejects.toBe("off");
    only().answer();
    await first;
    // The second one was asked as soon as it was its turn, and has failed.
    expect(only().waiting).toBe(1);
    only().answer();
    expect([await third, only().log]).toEqual([3, ["short 1", "short 3"]]);
    expect(pool.stats()).toMatchObject({ running: 0, queued: 0 });
    await pool.quit();
  });

  it("takes back from a slow worker what a free one can do", async () => {
    await start(2);
    const [left, right] = made as [Elsewhere, Elsewhere];
    const results = Array.from({ length: 6 }, (_, n) => pool.call("short", [n]));
    expect([left.waiting, right.waiting]).toEqual([3, 3]);
    right.begin();
    left.answer(3);
    expect(left.waiting + right.waiting).toBe(3);
    expect(left.waiting).toBeGreaterThan(0);
    left.answer(left.waiting);
    right.answer(right.waiting);
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4, 5]);
    await pool.quit();
  });

  it("frees what is behind a call that takes too long", async () => {
    await start(2);
    const slow = [0, 1].map((n) => pool.call("short", [n], { timeoutMs: 100 + n * 900 }).catch(String));
    const behind = [2, 3].map((n) => pool.call("short", [n]));
    for (const worker of made) worker.begin();
    await vi.advanceTimersByTimeAsync(100);
    expect(await slow[0]).toContain("TaskTimeoutError");
    for (const worker of made) worker.answer(worker.waiting);
    for (const worker of made) worker.answer(worker.waiting);
    expect(await Promise.all([...behind, slow[1]])).toEqual([2, 3, 1]);
    await pool.quit();
  });

  it("hands back at quit what has not begun, and waits for what has", async () => {
    await start(1);
    const results = Array.from({ length: 5 }, (_, n) => pool.call("short", [n]).catch((error: unknown) => error));
    only().begin();
    const quit = pool.quit();
    const { leftover, failed } = await quit;
    expect([leftover.length, failed]).toEqual([4, 1]);
    for (const error of await Promise.all(results)) expect(error).toMatchObject({ name: "PoolQuitError" });
    expect(only().log).toEqual([]);
  });

  it("begins nothing more once the pool stops, though a worker dies and another one is free", async () => {
    await start(2);
    const [left, right] = made as [Elsewhere, Elsewhere];
    const results = Array.from({ length: 4 }, (_, n) => pool.call("short", [n]).catch(() => "given back"));
    left.isDeaf = true;
    left.begin(2);
    const quit = pool.quit();
    left.crash();
    const { leftover, completed } = await quit;
    expect(await Promise.all(results)).toEqual(Array.from({ length: 4 }, () => "given back"));
    expect([leftover.length, right.log]).toEqual([2, []]);
    expect(completed).toBe(pool.stats().completed);
  });

  it("remembers nothing of calls that have failed", async () => {
    await start(1);
    const failed = pool.call("short", [1]).catch(String);
    only().crash();
    expect(await failed).toBe("Error: crashed");
    const fresh = pool.call("unknown" as "short", [2]).catch(String);
    await vi.advanceTimersByTimeAsync(0);
    made[1]?.abort("no such task");
    expect(await fresh).toBe("no such task");
    // Nothing is known of it, so others of its name wait in the line.
    const others = [3, 4].map((n) => pool.call("unknown" as "short", [n]).catch(String));
    expect(made[1]?.waiting).toBe(1);
    made[1]?.answer(1);
    made[1]?.answer(1);
    await Promise.all(others);
    await pool.quit();
  });

  it("does them all at a drain", async () => {
    await start(1);
    const results = Array.from({ length: 9 }, (_, n) => pool.call("short", [n]));
    const quit = pool.quit({ drain: true });
    only().answer(9);
    expect((await Promise.all(results)).length).toBe(9);
    expect(await quit).toMatchObject({ leftover: [] });
  });

  it("counts calls ahead as tasks that wait", async () => {
    await start(1);
    const bounded = new WorkerPool<Elsewhere>({
      maxWorkers: 1,
      maxQueued: 2,
      worker: { create: () => only() },
      onError: () => {},
    });
    bounded.run();
    await vi.advanceTimersByTimeAsync(0);
    const warm = bounded.call("short", [0]);
    await vi.advanceTimersByTimeAsync(0);
    only().answer();
    await warm;
    const accepted = [1, 2, 3].map((n) => bounded.call("short", [n]));
    await expect(bounded.call("short", [4])).rejects.toMatchObject({ code: "DISP_POOL_FULL" });
    expect(only().waiting).toBe(3);
    only().answer(3);
    await Promise.all(accepted);
    await bounded.quit();
    await pool.quit();
  });
});
