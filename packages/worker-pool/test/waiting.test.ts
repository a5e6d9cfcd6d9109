import { TaskTimeoutError, WorkerPool } from "@disp/worker-pool";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const RUN = "@disp/worker-pool: tasks wait, and nobody called run()";
const never = () => new Promise<never>(() => {});
const warn = vi.spyOn(console, "warn");
const told = () => warn.mock.calls.map(([line]) => String(line).replace(/ though .*/, ""));

beforeEach(() => {
  vi.useFakeTimers();
  warn.mockReset().mockImplementation(() => {});
});

afterEach(() => void vi.useRealTimers());

describe("a pool that nobody has run", () => {
  it("says so when tasks have waited for a second", async () => {
    const pool = new WorkerPool({ maxWorkers: 1 });
    expect(vi.getTimerCount()).toBe(0);
    pool.dispatch(() => {});
    const result = pool.execute(() => 1);
    vi.advanceTimersByTime(999);
    expect(told()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told()).toEqual([RUN]);
    vi.advanceTimersByTime(60_000);
    expect(told()).toEqual([RUN]);
    pool.run();
    expect(await result).toBe(1);
    await pool.quit();
  });

  it("says nothing once it was run, has quit, or the only task was called off", async () => {
    const pools = [0, 1, 2].map(() => new WorkerPool({ maxWorkers: 1 }));
    const controller = new AbortController();
    const promises = pools.map((pool) => pool.execute(() => 1, { signal: controller.signal }).catch(() => 2));
    pools[0]?.run();
    await pools[1]?.quit();
    controller.abort();
    await Promise.all(promises);
    await pools[0]?.quit();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1_000);
    expect(told()).toEqual([]);
  });

  it("names run() in the error with which its tasks end", async () => {
    const pool = new WorkerPool({ maxWorkers: 1 });
    const task = pool.execute(() => 1).catch(String);
    await pool.quit({ drain: true });
    const got = "got quit() before run() was ever called";
    expect(await task).toBe(`PoolQuitError: Cannot do the task: the pool must not quit, ${got}`);
  });

  it("names quit() alone in that error when it was run", async () => {
    const pool = new WorkerPool({ maxWorkers: 1 });
    pool.run();
    void pool.execute(never).catch(() => {});
    const task = pool.execute(() => 1).catch(String);
    await pool.quit({ timeoutMs: 0 });
    expect(await task).toBe("PoolQuitError: Cannot do the task: the pool must not quit, got quit()");
  });
});

describe("tasks behind tasks that do not settle though they have timed out", () => {
  const wait = (count: number) => `@disp/worker-pool: ${count} tasks wait behind tasks that do not settle`;
  const open = (maxWorkers: number, minWorkers = 0) => {
    const pool = new WorkerPool({ maxWorkers, minWorkers, taskTimeoutMs: 100 });
    pool.run();
    return pool;
  };

  it("are told of when all workers are held for twice the timeout", async () => {
    const pool = open(2);
    const held = [0, 1].map(() => pool.execute(never).catch((error: unknown) => error));
    for (let n = 0; n < 3; n += 1) pool.dispatch(() => {});
    await vi.advanceTimersByTimeAsync(199);
    for (const error of await Promise.all(held)) expect(error).toBeInstanceOf(TaskTimeoutError);
    expect(told()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told()).toEqual([wait(3)]);
    await pool.quit();
  });

  it("are not told of while one worker is free to go on, or tasks heed their signals", async () => {
    const pool = open(2, 2);
    let settle = (): void => {};
    pool.execute(never).catch(() => {});
    pool.execute(() => new Promise<void>((resolve) => (settle = resolve)), { timeoutMs: 10_000 }).catch(() => {});
    const behind = pool.execute(() => 1);
    await vi.advanceTimersByTimeAsync(1_000);
    settle();
    expect(await behind).toBe(1);
    await pool.quit();
    const obedient = open(1);
    const task = ({ signal }: { signal: AbortSignal }) =>
      new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    const all = [0, 1, 2].map(() => obedient.execute(task).catch(() => {}));
    await vi.advanceTimersByTimeAsync(300);
    await Promise.all(all);
    expect(told()).toEqual([]);
    await obedient.quit();
  });

  it("are told of when they come later than that", async () => {
    const pool = open(1);
    pool.execute(never).catch(() => {});
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told()).toEqual([]);
    for (let n = 0; n < 2; n += 1) pool.dispatch(() => {});
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told()).toEqual([expect.stringContaining("1 task waits"), wait(2)]);
    await pool.quit();
  });

  it("are told of when they came between the timeout and twice the timeout", async () => {
    const pool = open(1);
    pool.execute(never).catch(() => {});
    await vi.advanceTimersByTimeAsync(150);
    for (let n = 0; n < 2; n += 1) pool.dispatch(() => {});
    await vi.advanceTimersByTimeAsync(49);
    expect(told()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told()).toEqual([wait(2)]);
    await pool.quit();
  });

  it("are done when one of those settles after all", async () => {
    const pool = open(1);
    let settle = (): void => {};
    pool.execute(() => new Promise<void>((resolve) => (settle = resolve))).catch(() => {});
    const behind = [pool.execute(() => 1), pool.execute(() => 2)];
    await vi.advanceTimersByTimeAsync(1_000);
    settle();
    expect(await Promise.all(behind)).toEqual([1, 2]);
    await pool.quit();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a task without a timeout", () => {
  it("needs a timer only while others wait behind it", async () => {
    const pool = new WorkerPool({ maxWorkers: 1, minWorkers: 1, taskTimeoutMs: Infinity });
    pool.run();
    const controller = new AbortController();
    const running = pool.execute(({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)));
    expect(vi.getTimerCount()).toBe(0);
    const behind = pool.execute(never, { signal: controller.signal }).catch(() => {});
    expect(vi.getTimerCount()).toBe(1);
    controller.abort();
    await behind;
    expect(vi.getTimerCount()).toBe(0);
    running.catch(() => {});
    await pool.quit();
  });
});

describe("a task that has timed out", () => {
  it("says which option it was", async () => {
    await using pool = new WorkerPool({ maxWorkers: 4, taskTimeoutMs: 50 });
    pool.run();
    const outcomes = [
      pool.execute(never),
      pool.execute({ execute: never }, { signal: new AbortController().signal }),
      pool.execute({ execute: never, timeoutMs: 60 }),
      pool.execute({ execute: never, timeoutMs: 60 }, { timeoutMs: 70 }),
    ].map((outcome) => outcome.catch((error: unknown) => (error as Error).message));
    await vi.advanceTimersByTimeAsync(70);
    const within = (limit: string) => `Cannot wait for the task: it must settle within ${limit}, got nothing`;
    expect(await Promise.all(outcomes)).toEqual([
      within("50 ms (taskTimeoutMs)"),
      within("50 ms (taskTimeoutMs)"),
      within("60 ms (timeoutMs of the task)"),
      within("70 ms (timeoutMs of the call)"),
    ]);
  });

  it("says so as a worker that could not be made in time does", async () => {
    const errors: string[] = [];
    const pool = new WorkerPool({
      maxWorkers: 1,
      worker: { create: never, createTimeoutMs: 5 },
      onError: ({ error }) => void errors.push((error as Error).message),
    });
    pool.run();
    pool.dispatch(() => {});
    await vi.advanceTimersByTimeAsync(5);
    const option = "(worker.createTimeoutMs; of threads, startTimeoutMs)";
    expect(errors).toEqual([`Cannot create a worker: create must settle within 5 ms ${option}, got nothing`]);
    await pool.quit();
  });
});
