import { fixedDelay } from "@disp/retry";
import { retryTask, type Task, WorkerPool } from "@disp/worker-pool";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** Faults that pools are known for, each as a scenario in which it would show. */

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const stubborn = () => new Promise<never>(() => {});

describe("faults of other pools, which this one does not have", () => {
  beforeEach(() => void vi.useFakeTimers());

  afterEach(() => void vi.useRealTimers());

  it("a default timeout that is declared and never applied", async () => {
    await using pool = new WorkerPool({ maxWorkers: 1 });
    pool.run();
    const outcome = pool.execute(({ signal }) => sleep(60_000).then(() => signal.throwIfAborted())).catch(String);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await outcome).toContain("TaskTimeoutError");
    await vi.advanceTimersByTimeAsync(50_000);
  });

  it("a retry that is inverted, swallows the error, or never runs with 0 retries", async () => {
    await using pool = new WorkerPool({ maxWorkers: 1 });
    pool.run();
    const runs = { works: 0, fails: 0, once: 0 };
    const policy = (maxRetries: number) => fixedDelay({ delayMs: 1, maxRetries });
    const works = pool.execute(retryTask(() => void (runs.works += 1), policy(3)));
    const fail = (name: "fails" | "once") => () => {
      runs[name] += 1;
      throw new Error(name);
    };
    const fails = pool.execute(retryTask(fail("fails"), policy(3))).catch(String);
    const once = pool.execute(retryTask(fail("once"), policy(0))).catch(String);
    await vi.advanceTimersByTimeAsync(10);
    await works;
    expect([await fails, await once]).toEqual(["Error: fails", "Error: once"]);
    expect(runs).toEqual({ works: 1, fails: 4, once: 1 });
  });

  it("a drain that loses tasks, in queue, in flight or between attempts", async () => {
    for (let round = 0; round < 50; round += 1) {
      const pool = new WorkerPool({ maxWorkers: 1 + (round % 7) });
      pool.run();
      let done = 0;
      for (let n = 0; n < 200; n += 1) {
        const task: Task = async ({ attempt }) => {
          if (n % 3 === 0) await sleep(n % 5);
          if (n % 10 === 0 && attempt === 1) throw new Error("once");
          done += 1;
        };
        pool.dispatch(n % 10 === 0 ? retryTask(task, fixedDelay({ delayMs: 3 })) : task);
      }
      const quit = pool.quit({ drain: true });
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await quit).toEqual({ completed: 200, failed: 0, leftover: [] });
      expect(done).toBe(200);
    }
  });

  it("a resize to the present size that ends all scaling", async () => {
    const pool = new WorkerPool({ maxWorkers: 4 });
    pool.run();
    pool.resize({ minWorkers: 0 });
    pool.resize({ maxWorkers: 4 });
    for (let n = 0; n < 4; n += 1) pool.dispatch(() => sleep(10));
    expect(pool.stats().running).toBe(4);
    await vi.advanceTimersByTimeAsync(10);
    await pool.quit();
  });

  it("a minimum of 0 that runs nothing, at first or after it has scaled down to 0", async () => {
    const pool = new WorkerPool({ maxWorkers: 2, minWorkers: 0, scaleDownAfterMs: 100 });
    pool.run();
    expect(await pool.execute(() => 1)).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(pool.stats().workers).toBe(0);
    expect(await pool.execute(() => 2)).toBe(2);
    await pool.quit();
  });

  it("workers that outlive the end, and a second run that is stuck", async () => {
    let alive = 0;
    const worker = { create: () => ++alive, destroy: () => void (alive -= 1) };
    const pool = new WorkerPool({ maxWorkers: 8, minWorkers: 2, worker });
    for (let round = 0; round < 3; round += 1) {
      pool.run();
      await Promise.all(Array.from({ length: 20 }, () => pool.execute(async () => {})));
      await pool.quit();
      expect([pool.status, pool.stats().workers, alive]).toEqual(["stopped", 0, 0]);
    }
  });

  it("a resize that kills all workers and waits for them, so that short tasks wait behind long ones", async () => {
    const pool = new WorkerPool({ maxWorkers: 64 });
    pool.run();
    pool.dispatch(() => sleep(500));
    pool.resize({ maxWorkers: 32 });
    const started = performance.now();
    await pool.execute(() => {});
    expect(performance.now() - started).toBe(0);
    await vi.advanceTimersByTimeAsync(500);
    await pool.quit();
  });

  it("an overflow that is last in, first out and has no bound", async () => {
    const pool = new WorkerPool({ maxWorkers: 1, maxQueued: 20 });
    pool.run();
    const order: number[] = [];
    const accepted = Array.from({ length: 100 }, (_, n) => pool.dispatch(async () => void order.push(n)));
    expect(accepted.filter(Boolean)).toHaveLength(21);
    await pool.quit({ drain: true });
    expect(order).toEqual(Array.from({ length: 21 }, (_, n) => n));
  });

  it("a dispatch that answers false and has accepted the task", async () => {
    const pool = new WorkerPool({ maxWorkers: 1, maxQueued: 1 });
    pool.run();
    let runs = 0;
    const task = () => sleep(1).then(() => void (runs += 1));
    let accepted = 0;
    while (pool.dispatch(task)) accepted += 1;
    const quit = pool.quit({ drain: true });
    expect(pool.dispatch(task)).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    await quit;
    expect(runs).toBe(accepted);
  });

  it("a drain that spins: nothing happens while a task is waited for", async () => {
    const pool = new WorkerPool({ maxWorkers: 1, minWorkers: 1, taskTimeoutMs: Infinity });
    pool.run();
    const microtasks = vi.spyOn(globalThis, "queueMicrotask");
    pool.dispatch(() => sleep(1_000));
    const quit = pool.quit({ drain: true });
    microtasks.mockClear();
    await vi.advanceTimersByTimeAsync(999);
    expect(vi.getTimerCount()).toBe(1);
    expect(microtasks).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await quit;
    microtasks.mockRestore();
  });

  it("a second quit that hangs", async () => {
    const pool = new WorkerPool({ maxWorkers: 1 });
    pool.run();
    pool.dispatch(() => sleep(10));
    const quits = [pool.quit({ drain: true }), pool.quit({ drain: true }), pool.quit({ drain: true, timeoutMs: 50 })];
    await vi.advanceTimersByTimeAsync(10);
    const results = await Promise.all(quits);
    expect(new Set(results).size).toBe(1);
  });

  it("leftovers that run after the next run", async () => {
    const pool = new WorkerPool({ maxWorkers: 1, onError: () => {} });
    pool.run();
    pool.dispatch(stubborn);
    const leftover = vi.fn();
    pool.dispatch(leftover);
    const quit = pool.quit({ timeoutMs: 5 });
    await vi.advanceTimersByTimeAsync(5);
    expect((await quit).leftover).toEqual([leftover]);
    pool.resize({ maxWorkers: 2 });
    pool.run();
    await pool.execute(() => {});
    expect(leftover).not.toHaveBeenCalled();
    await pool.quit();
  });

  it("a task that throws and takes the pool with it", async () => {
    const failures: unknown[] = [];
    const pool = new WorkerPool({ maxWorkers: 2, onError: ({ error }) => void failures.push(error) });
    pool.run();
    for (let n = 0; n < 10; n += 1) {
      pool.dispatch(() => {
        throw n;
      });
    }
    expect(await pool.execute(() => "alive")).toBe("alive");
    expect(failures).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await pool.quit();
  });

  it("a task that is timed out and overlaps with the next one", async () => {
    const pool = new WorkerPool({ maxWorkers: 1, taskTimeoutMs: 10 });
    pool.run();
    let inside = 0;
    let most = 0;
    const task = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(100);
      inside -= 1;
    };
    const outcomes = [1, 2, 3].map(() => pool.execute(task).catch((error: unknown) => error));
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(outcomes);
    expect(most).toBe(1);
    await pool.quit();
  });

  it("a promise that never settles when the queue is cleared", async () => {
    const pool = new WorkerPool({ maxWorkers: 1 });
    pool.run();
    const results = [1, 2, 3].map(() => pool.execute(({ signal }) => sleep(20).then(() => signal.throwIfAborted())));
    const settled = Promise.allSettled(results);
    const quit = pool.quit();
    await vi.advanceTimersByTimeAsync(20);
    expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await quit;
  });

  it("tasks behind one that is aborted, which never start", async () => {
    const pool = new WorkerPool({ maxWorkers: 1 });
    pool.run();
    const first = pool.execute(() => sleep(10).then(() => "first"));
    const controller = new AbortController();
    const second = pool.execute(() => "second", { signal: controller.signal }).catch(() => "aborted");
    const third = pool.execute(() => "third");
    controller.abort();
    await vi.advanceTimersByTimeAsync(10);
    expect(await Promise.all([first, second, third])).toEqual(["first", "aborted", "third"]);
    await pool.quit();
  });
});
