import { fixedDelay } from "@disp/retry";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PoolFullError, PoolQuitError, TaskTimeoutError } from "./errors.ts";
import type { PoolFailure } from "./failure.ts";
import { retryTask } from "./retry-task.ts";
import type { TaskContext } from "./task.ts";
import { WorkerPool } from "./worker-pool.ts";

const never = () => new Promise<never>(() => {});
const sleep = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** A task that ends when its signal says so. */
const obedient = ({ signal }: { signal: AbortSignal }) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("WorkerPool", () => {
  beforeEach(() => void vi.useFakeTimers());

  afterEach(() => void vi.useRealTimers());

  describe("options", () => {
    it("refuses what makes no pool, and names the option", () => {
      expect(() => new WorkerPool({ maxWorkers: 0 })).toThrow(
        new RangeError("Cannot create a WorkerPool: maxWorkers must be a whole number >= 1, got 0"),
      );
      expect(() => new WorkerPool({ maxWorkers: 2, minWorkers: 3 })).toThrow(
        new RangeError("Cannot create a WorkerPool: minWorkers must be <= maxWorkers = 2, got 3"),
      );
      expect(() => new WorkerPool({ maxWorkers: 1.5 })).toThrow(RangeError);
      expect(() => new WorkerPool({ maxWorkers: Infinity })).toThrow(RangeError);
      expect(() => new WorkerPool({ maxWorkers: 1, maxQueued: -1 })).toThrow("maxQueued");
      expect(() => new WorkerPool({ maxWorkers: 1, order: "random" as "fifo" })).toThrow(TypeError);
      expect(() => new WorkerPool({ maxWorkers: 1, worker: {} as never })).toThrow(
        "worker must be an object with create()",
      );
    });

    it("refuses what is no task", async () => {
      const pool = new WorkerPool({ maxWorkers: 1 });
      expect(() => pool.dispatch(5 as never)).toThrow(
        new TypeError("Cannot dispatch: task must be a function or an object with execute(), got 5"),
      );
      await expect(pool.execute({} as never)).rejects.toThrow(TypeError);
      await expect(pool.execute(() => 1, { timeoutMs: 0 })).rejects.toThrow(RangeError);
    });
  });

  describe("run and dispatch", () => {
    it("does what was dispatched before run, once it runs", async () => {
      const pool = new WorkerPool({ maxWorkers: 1 });
      const done: string[] = [];
      expect(pool.status).toBe("stopped");
      expect(pool.dispatch(() => void done.push("a"))).toBe(true);
      const result = pool.execute(() => done.push("b"));
      expect(done).toEqual([]);
      pool.run();
      pool.run();
      expect(pool.status).toBe("running");
      expect(await result).toBe(2);
      expect(done).toEqual(["a", "b"]);
      await pool.quit();
    });

    it("hands over what a task results in, falsy or not, returned or promised, by function or by object", async () => {
      await using pool = new WorkerPool({ maxWorkers: 2 });
      pool.run();
      expect(await pool.execute(() => 0)).toBe(0);
      expect(await pool.execute((): unknown => undefined)).toBeUndefined();
      expect(await pool.execute(async () => null)).toBeNull();
      expect(await pool.execute({ execute: () => "" })).toBe("");
      const thenable = { then: (resolve: (value: number) => void) => resolve(7) };
      expect(await pool.execute<number>(() => thenable as unknown as Promise<number>)).toBe(7);
    });

    it("rejects with the task's own error, thrown or rejected", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const fail = (error: unknown) => pool.execute(() => Promise.reject(error));
      await expect(fail("no")).rejects.toBe("no");
      await expect(fail(undefined)).rejects.toBeUndefined();
      await expect(
        pool.execute(() => {
          throw new Error("thrown");
        }),
      ).rejects.toThrow("thrown");
      expect(pool.stats()).toMatchObject({ completed: 0, failed: 3, running: 0, queued: 0 });
    });

    it("starts tasks in the order in which they came", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const order: number[] = [];
      await Promise.all([1, 2, 3, 4].map((n) => pool.execute(async () => order.push(n))));
      expect(order).toEqual([1, 2, 3, 4]);
    });

    it("starts the newest first with order lifo", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1, order: "lifo" });
      const order: number[] = [];
      const all = [1, 2, 3, 4].map((n) => pool.execute(async () => order.push(n)));
      pool.run();
      await Promise.all(all);
      expect(order).toEqual([4, 3, 2, 1]);
    });

    it("lets a task dispatch others, without end and without deep stacks", async () => {
      vi.useRealTimers();
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      let left = 20_000;
      await new Promise<void>((resolve) => {
        const again = (): void => {
          left -= 1;
          if (left === 0) resolve();
          else pool.dispatch(again);
        };
        pool.dispatch(again);
      });
      expect(left).toBe(0);
    });

    it("gives timers and sockets their turn while tasks settle at once", async () => {
      vi.useRealTimers();
      const pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      let runs = 0;
      let isOver = false;
      const again = (): void => {
        runs += 1;
        if (!isOver) pool.dispatch(again);
      };
      pool.dispatch(again);
      await new Promise((resolve) => setTimeout(resolve, 0));
      isOver = true;
      expect(runs).toBeGreaterThan(0);
      await pool.quit({ drain: true });
    });
  });

  describe("the queue", () => {
    it("refuses what is beyond maxQueued, and has not accepted it", async () => {
      const pool = new WorkerPool({ maxWorkers: 1, maxQueued: 2 });
      pool.run();
      const done: number[] = [];
      const task = (n: number) => async () => void done.push(n);
      expect([1, 2, 3, 4].map((n) => pool.dispatch(task(n)))).toEqual([true, true, true, false]);
      const refused = await pool.execute(task(5)).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(PoolFullError);
      expect(refused).toMatchObject({ name: "PoolFullError", code: "DISP_POOL_FULL", maxQueued: 2 });
      await pool.quit({ drain: true });
      expect(done).toEqual([1, 2, 3]);
    });

    it("holds no more than maxQueued before run", () => {
      const pool = new WorkerPool({ maxWorkers: 4, maxQueued: 2 });
      expect([1, 2, 3].map(() => pool.dispatch(() => {}))).toEqual([true, true, false]);
    });

    it("takes what a free worker can begin, with maxQueued 0", async () => {
      const worker = { create: async () => "w" };
      const pool = new WorkerPool({ maxWorkers: 2, maxQueued: 0, worker, onError: () => {} });
      pool.run();
      expect([1, 2, 3].map(() => pool.dispatch(never))).toEqual([true, true, false]);
      await vi.advanceTimersByTimeAsync(0);
      expect(pool.stats()).toMatchObject({ queued: 0, running: 2 });
      expect(pool.dispatch(never)).toBe(false);
      await pool.quit({ timeoutMs: 0 });
    });

    it("tells who waits when there is room, one by one", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1, maxQueued: 0 });
      pool.run();
      const told: number[] = [];
      await pool.ready();
      pool.dispatch(sleep(10));
      const waits = [1, 2].map(async (n) => {
        await pool.ready();
        told.push(n);
        pool.dispatch(sleep(10));
      });
      await vi.advanceTimersByTimeAsync(9);
      expect(told).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(told).toEqual([1]);
      await vi.advanceTimersByTimeAsync(10);
      await Promise.all(waits);
      expect(told).toEqual([1, 2]);
      await vi.advanceTimersByTimeAsync(10);
    });

    it("tells the next one who waits when the room is not taken", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1, maxQueued: 0 });
      pool.run();
      pool.dispatch(sleep(10));
      const waits = [1, 2, 3].map(() => pool.ready());
      await vi.advanceTimersByTimeAsync(10);
      // None of them takes it.
      expect(await Promise.all(waits)).toEqual([undefined, undefined, undefined]);
    });

    it("lets go who waits for room, by signal or when the pool quits", async () => {
      const pool = new WorkerPool({ maxWorkers: 1, maxQueued: 0, onError: () => {} });
      pool.run();
      pool.dispatch(obedient);
      const controller = new AbortController();
      const aborted = pool.ready({ signal: controller.signal });
      const left = pool.ready();
      controller.abort("enough");
      await expect(aborted).rejects.toBe("enough");
      await expect(pool.ready({ signal: controller.signal })).rejects.toBe("enough");
      const quit = pool.quit();
      await expect(left).rejects.toBeInstanceOf(PoolQuitError);
      await quit;
      await expect(pool.ready()).rejects.toBeInstanceOf(PoolQuitError);
    });
  });

  describe("timeouts", () => {
    it("aborts a task that takes longer than 10 s, by default", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      let reason: unknown;
      const task = ({ signal }: TaskContext) =>
        new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            resolve();
          }),
        );
      const result = pool.execute(task);
      const caught = result.catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(9_999);
      expect(reason).toBeUndefined();
      await vi.advanceTimersByTimeAsync(1);
      expect(await caught).toMatchObject({ name: "TaskTimeoutError", code: "DISP_TASK_TIMEOUT", timeoutMs: 10_000 });
      expect(reason).toBe(await caught);
      expect(pool.stats()).toMatchObject({ timedOut: 1, failed: 1, completed: 0, running: 0 });
    });

    it("takes the call's timeout before the task's, and the task's before the pool's", async () => {
      const pool = new WorkerPool({ maxWorkers: 3, taskTimeoutMs: 300 });
      pool.run();
      const ended: Record<string, number> = {};
      const note = (name: string) => () => void (ended[name] = performance.now());
      const start = performance.now();
      pool.execute(never).catch(note("pool"));
      pool.execute({ execute: never, timeoutMs: 200 }).catch(note("task"));
      pool.execute({ execute: never, timeoutMs: 200 }, { timeoutMs: 100 }).catch(note("call"));
      await vi.advanceTimersByTimeAsync(1_000);
      expect(ended).toEqual({ call: start + 100, task: start + 200, pool: start + 300 });
      await pool.quit();
    });

    it("counts from the start of the task, not from its time in the queue", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1, taskTimeoutMs: 100 });
      pool.run();
      const results = [1, 2, 3].map((n) => pool.execute(sleep(90)).then(() => n));
      await vi.advanceTimersByTimeAsync(270);
      expect(await Promise.all(results)).toEqual([1, 2, 3]);
    });

    it("keeps the worker of a task that timed out until the task settles", async () => {
      const pool = new WorkerPool({ maxWorkers: 1, taskTimeoutMs: 10 });
      pool.run();
      let settle = (): void => {};
      const first = pool.execute(() => new Promise<void>((resolve) => (settle = resolve)));
      const caught = first.catch((error: unknown) => error);
      let begun = false;
      const second = pool.execute(() => (begun = true));
      await vi.advanceTimersByTimeAsync(100);
      expect(await caught).toBeInstanceOf(TaskTimeoutError);
      expect(begun).toBe(false);
      expect(pool.stats()).toMatchObject({ running: 1, queued: 1 });
      settle();
      expect(await second).toBe(true);
      await pool.quit();
    });

    it("has no limit with Infinity, and no timer then", async () => {
      const pool = new WorkerPool({ maxWorkers: 1, minWorkers: 1, taskTimeoutMs: Infinity, onError: () => {} });
      pool.run();
      pool.dispatch(obedient);
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(pool.stats().running).toBe(1);
      expect(vi.getTimerCount()).toBe(0);
      await pool.quit();
    });
  });

  describe("cancellation", () => {
    it("takes a task that waits out of the line, and never starts it", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1, maxQueued: 1 });
      pool.run();
      const first = pool.execute(sleep(10));
      const controller = new AbortController();
      let begun = false;
      const second = pool.execute(() => (begun = true), { signal: controller.signal });
      expect(pool.dispatch(() => {})).toBe(false);
      controller.abort("changed my mind");
      await expect(second).rejects.toBe("changed my mind");
      expect(pool.dispatch(() => {})).toBe(true);
      await vi.advanceTimersByTimeAsync(10);
      await first;
      expect(begun).toBe(false);
    });

    it("tells a task that runs, and its caller at once", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const controller = new AbortController();
      let heard: unknown;
      const result = pool.execute(
        ({ signal }) =>
          new Promise<void>((resolve) => {
            signal.addEventListener("abort", () => {
              heard = signal.reason;
              setTimeout(resolve, 50);
            });
          }),
        { signal: controller.signal },
      );
      controller.abort("stop");
      await expect(result).rejects.toBe("stop");
      expect(heard).toBe("stop");
      expect(pool.stats().running).toBe(1);
      await vi.advanceTimersByTimeAsync(50);
      expect(pool.stats().running).toBe(0);
    });

    it("does not start with a signal that is aborted already", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const task = vi.fn();
      await expect(pool.execute(task, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
      expect(task).not.toHaveBeenCalled();
    });

    it("leaves nothing on a signal that many tasks share", async () => {
      await using pool = new WorkerPool({ maxWorkers: 2 });
      pool.run();
      const { signal } = new AbortController();
      const add = vi.spyOn(signal, "addEventListener");
      const remove = vi.spyOn(signal, "removeEventListener");
      await Promise.all(Array.from({ length: 100 }, (_, n) => pool.execute(async () => n, { signal })));
      expect(add).toHaveBeenCalledTimes(1);
      expect(remove).toHaveBeenCalledTimes(1);
    });
  });

  describe("retries", () => {
    it("tries again as the policy says, and gives the worker up meanwhile", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const attempts: number[] = [];
      const flaky = pool.execute(
        ({ attempt }) => {
          attempts.push(attempt);
          if (attempt < 3) throw new Error("not yet");
          return "done";
        },
        { retry: fixedDelay({ delayMs: 100 }) },
      );
      const other = pool.execute(() => "other");
      expect(await other).toBe("other");
      expect(attempts).toEqual([1]);
      expect(pool.stats()).toMatchObject({ queued: 1, running: 0 });
      await vi.advanceTimersByTimeAsync(200);
      expect(await flaky).toBe("done");
      expect(attempts).toEqual([1, 2, 3]);
      expect(pool.stats()).toMatchObject({ completed: 2, failed: 0, retries: 2 });
    });

    it("rejects with the last error once the policy stops", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const task = retryTask(
        ({ attempt }) => {
          throw new Error(`attempt ${attempt}`);
        },
        fixedDelay({ delayMs: 5, maxRetries: 2 }),
      );
      const caught = pool.execute(task).catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(10);
      expect(await caught).toEqual(new Error("attempt 3"));
    });

    it("can be called off between two attempts", async () => {
      const pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const controller = new AbortController();
      const result = pool.execute(() => Promise.reject(new Error("no")), {
        retry: fixedDelay({ delayMs: 1_000 }),
        signal: controller.signal,
      });
      const caught = result.catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(1);
      controller.abort("off");
      expect(await caught).toBe("off");
      await pool.quit();
      expect(vi.getTimerCount()).toBe(0);
    });

    it("puts the next attempt ahead of those that came later", async () => {
      const pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const order: string[] = [];
      pool.dispatch(
        retryTask(
          ({ attempt }) => {
            order.push(`a${attempt}`);
            if (attempt === 1) throw new Error("no");
          },
          fixedDelay({ delayMs: 10 }),
        ),
      );
      for (const name of ["b", "c", "d"]) {
        pool.dispatch(async () => {
          order.push(name);
          await sleep(10)();
        });
      }
      const quit = pool.quit({ drain: true });
      await vi.advanceTimersByTimeAsync(100);
      await quit;
      expect(order).toEqual(["a1", "b", "a2", "c", "d"]);
    });

    it("takes a policy that throws or answers nonsense for one that stops", async () => {
      const unhandled: unknown[] = [];
      const listen = (error: unknown): void => void unhandled.push(error);
      process.on("unhandledRejection", listen);
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const fail = (nextDelayMs: () => number) => pool.execute(() => Promise.reject("no"), { retry: { nextDelayMs } });
      await expect(fail(() => NaN)).rejects.toBe("no");
      await expect(
        fail(() => {
          throw new Error("policy");
        }),
      ).rejects.toBe("no");
      await vi.waitFor(() => expect(unhandled).toHaveLength(2));
      process.off("unhandledRejection", listen);
    });
  });

  describe("failures of dispatched tasks", () => {
    it("are told to onError, once, with what is known", async () => {
      const failures: PoolFailure[] = [];
      await using pool = new WorkerPool({ maxWorkers: 1, onError: (failure) => void failures.push(failure) });
      pool.run();
      const error = new Error("no");
      const task = retryTask(() => Promise.reject(error), fixedDelay({ delayMs: 1, maxRetries: 1 }));
      pool.dispatch(task);
      await pool.execute(() => Promise.reject(error)).catch(() => {});
      await vi.advanceTimersByTimeAsync(1);
      expect(failures).toEqual([{ kind: "task", error, task, attempt: 2 }]);
    });

    it("are on the console when nobody listens, at most once in ten seconds", async () => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      for (const n of [1, 2, 3]) pool.dispatch(() => Promise.reject(new Error(`no ${n}`)));
      await vi.advanceTimersByTimeAsync(1);
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.calls[0]?.[0]).toContain("1 failure, the last of a dispatched task");
      warn.mockRestore();
    });

    it("never stop the pool when onError throws", async () => {
      const unhandled = new Promise((resolve) => process.once("unhandledRejection", resolve));
      await using pool = new WorkerPool({
        maxWorkers: 1,
        onError: () => {
          throw new Error("hook");
        },
      });
      pool.run();
      pool.dispatch(() => Promise.reject(new Error("no")));
      expect(await pool.execute(() => "still there")).toBe("still there");
      vi.useRealTimers();
      expect(await unhandled).toEqual(new Error("hook"));
    });
  });

  describe("scaling", () => {
    it("doubles from none while work waits, and never goes beyond the maximum", () => {
      const pool = new WorkerPool({ maxWorkers: 6 });
      pool.run();
      const workers = [1, 2, 3, 4, 5, 6, 7].map(() => {
        pool.dispatch(never);
        return pool.stats().workers;
      });
      expect(workers).toEqual([1, 2, 4, 4, 6, 6, 6]);
      expect(pool.stats()).toMatchObject({ running: 6, queued: 1 });
    });

    it("halves down to the minimum after each while without a task", async () => {
      const pool = new WorkerPool({ maxWorkers: 8, minWorkers: 1, scaleDownAfterMs: 1_000 });
      pool.run();
      for (let n = 0; n < 8; n += 1) pool.dispatch(sleep(10));
      await vi.advanceTimersByTimeAsync(999);
      expect(pool.stats().workers).toBe(8);
      const seen: number[] = [];
      for (let n = 0; n < 4; n += 1) {
        await vi.advanceTimersByTimeAsync(n === 0 ? 1 : 1_000);
        seen.push(pool.stats().workers);
      }
      expect(seen).toEqual([4, 2, 1, 1]);
      expect(vi.getTimerCount()).toBe(0);
      expect(await pool.execute(() => "awake")).toBe("awake");
    });

    it("counts the while from the last task", async () => {
      const pool = new WorkerPool({ maxWorkers: 4, scaleDownAfterMs: 1_000 });
      pool.run();
      for (let n = 0; n < 4; n += 1) pool.dispatch(async () => {});
      await vi.advanceTimersByTimeAsync(900);
      await pool.execute(() => {});
      await vi.advanceTimersByTimeAsync(999);
      expect(pool.stats().workers).toBe(4);
      await vi.advanceTimersByTimeAsync(1);
      expect(pool.stats().workers).toBe(2);
    });

    it("asks a policy of one's own, and keeps it within the limits", () => {
      const grow = vi.fn((workers: number) => workers + 100);
      const pool = new WorkerPool({ maxWorkers: 3, scaling: { grow, shrink: () => 0 } });
      pool.run();
      pool.dispatch(never);
      expect(grow).toHaveBeenCalledWith(0, 1);
      expect(pool.stats().workers).toBe(3);
    });

    it("changes its size while it runs: adds or removes the difference only", async () => {
      const pool = new WorkerPool({ maxWorkers: 2 });
      pool.run();
      for (let n = 0; n < 6; n += 1) pool.dispatch(sleep(100));
      expect(pool.stats()).toMatchObject({ running: 2, queued: 4 });
      pool.resize({ maxWorkers: 4 });
      expect(pool.stats()).toMatchObject({ running: 4, queued: 2 });
      pool.resize({ maxWorkers: 1 });
      expect(pool.stats()).toMatchObject({ running: 4, workers: 4 });
      await vi.advanceTimersByTimeAsync(100);
      expect(pool.stats()).toMatchObject({ running: 1, workers: 1, queued: 1 });
      pool.resize({ minWorkers: 3, maxWorkers: 3 });
      expect(pool.stats()).toMatchObject({ running: 2, workers: 3 });
      expect(() => pool.resize({ minWorkers: 4 })).toThrow(RangeError);
      expect(pool.stats().workers).toBe(3);
      await vi.advanceTimersByTimeAsync(1_000);
      await pool.quit();
    });
  });

  describe("workers that are made for nobody", () => {
    it("keep no process alive once all tasks are done", async () => {
      vi.useRealTimers();
      const setTimeoutSpy = vi.spyOn(globalThis, "setTimeout");
      let made = 0;
      const create = () => (made++ === 0 ? "first" : new Promise<string>(() => {}));
      const pool = new WorkerPool({ maxWorkers: 2, worker: { create, retry: fixedDelay({ delayMs: 60_000 }) } });
      pool.run();
      await Promise.all([1, 2].map((n) => pool.execute(async () => n)));
      expect(pool.stats()).toMatchObject({ starting: 1, running: 0 });
      const timers = setTimeoutSpy.mock.results.map(({ value }) => value as NodeJS.Timeout);
      expect(timers.length).toBeGreaterThan(0);
      expect(timers.filter((timer) => timer.hasRef() && !("_destroyed" in timer && timer._destroyed))).toEqual([]);
      setTimeoutSpy.mockRestore();
      await pool.quit();
    });
  });

  describe("quit", () => {
    it("hands back what waits, tells what runs, and waits for it", async () => {
      const pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const running = pool.execute(
        ({ signal }) =>
          new Promise((resolve) => signal.addEventListener("abort", () => setTimeout(resolve, 50, "late"))),
      );
      const waiting = pool.execute(() => "never").catch((error: unknown) => error);
      const task = () => "dispatched";
      pool.dispatch(task);
      const quit = pool.quit();
      expect(pool.status).toBe("stopping");
      expect(await waiting).toMatchObject({ name: "PoolQuitError", code: "DISP_POOL_QUIT", started: false });
      expect(pool.dispatch(task)).toBe(false);
      await expect(pool.execute(task)).rejects.toBeInstanceOf(PoolQuitError);
      await vi.advanceTimersByTimeAsync(50);
      expect(await running).toBe("late");
      const { completed, failed, leftover } = await quit;
      expect([completed, failed, leftover.length, leftover[1]]).toEqual([1, 0, 2, task]);
      expect(pool.status).toBe("stopped");
      expect(vi.getTimerCount()).toBe(0);
    });

    it("does all that waits when told to drain, retries included", async () => {
      const pool = new WorkerPool({ maxWorkers: 2 });
      pool.run();
      const done: number[] = [];
      for (let n = 0; n < 5; n += 1) {
        pool.dispatch(async () => {
          await sleep(10)();
          done.push(n);
        });
      }
      pool.dispatch(
        retryTask(({ attempt }) => (attempt < 2 ? Promise.reject("no") : done.push(99)), fixedDelay({ delayMs: 500 })),
      );
      const quit = pool.quit({ drain: true });
      expect(pool.status).toBe("draining");
      expect(pool.dispatch(() => {})).toBe(false);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await quit).toEqual({ completed: 6, failed: 0, leftover: [] });
      expect(done).toEqual([0, 1, 2, 3, 4, 99]);
    });

    it("gives up at its deadline: aborts, abandons, and hands back the rest", async () => {
      const failures: PoolFailure[] = [];
      const pool = new WorkerPool({ maxWorkers: 1, onError: (failure) => void failures.push(failure) });
      pool.run();
      let signal: AbortSignal | undefined;
      pool.dispatch((context) => {
        signal = context.signal;
        return never();
      });
      const task = () => {};
      pool.dispatch(task);
      const quit = pool.quit({ drain: true, timeoutMs: 100 });
      await vi.advanceTimersByTimeAsync(100);
      expect(await quit).toEqual({ completed: 0, failed: 1, leftover: [task] });
      expect(signal?.aborted).toBe(true);
      expect(failures).toMatchObject([{ kind: "task", attempt: 1, error: { name: "PoolQuitError", started: true } }]);
      expect(vi.getTimerCount()).toBe(0);
    });

    it("shares one outcome among its callers, and lets a later one hurry it", async () => {
      const pool = new WorkerPool({ maxWorkers: 1, onError: () => {} });
      pool.run();
      pool.dispatch(obedient);
      const task = () => {};
      pool.dispatch(task);
      const draining = pool.quit({ drain: true });
      expect(pool.status).toBe("draining");
      const stopping = pool.quit();
      expect(pool.status).toBe("stopping");
      const [first, second] = await Promise.all([draining, stopping]);
      expect(first).toBe(second);
      expect(first.leftover).toEqual([task]);
      expect(await pool.quit()).toBe(first);
    });

    it("ends the wait of a caller by its signal, and goes on", async () => {
      const pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      const work = pool.execute(sleep(100));
      const controller = new AbortController();
      const quit = pool.quit({ drain: true, signal: controller.signal });
      controller.abort("no patience");
      await expect(quit).rejects.toBe("no patience");
      await vi.advanceTimersByTimeAsync(100);
      await work;
      expect(pool.status).toBe("stopped");
    });

    it("does not wait for a task that timed out, nor loses its place", async () => {
      const pool = new WorkerPool({ maxWorkers: 1, taskTimeoutMs: 10 });
      pool.run();
      let settle = (): void => {};
      const hung = pool.execute(() => new Promise<void>((resolve) => (settle = resolve))).catch(() => "timed out");
      await vi.advanceTimersByTimeAsync(10);
      expect(await hung).toBe("timed out");
      expect(await pool.quit()).toEqual({ completed: 0, failed: 1, leftover: [] });
      pool.run();
      const next = pool.execute(() => "next");
      await vi.advanceTimersByTimeAsync(5);
      expect(pool.stats()).toMatchObject({ running: 1, queued: 1 });
      settle();
      expect(await next).toBe("next");
      expect(await pool.quit()).toEqual({ completed: 1, failed: 0, leftover: [] });
    });

    it("ends a drain that can never end: all workers are with tasks that do not settle", async () => {
      const pool = new WorkerPool({ maxWorkers: 2, taskTimeoutMs: 100 });
      pool.run();
      const hung = [1, 2].map(() => pool.execute(never).catch((error: unknown) => error));
      const waiting = pool.execute(() => "never begun").catch((error: unknown) => error);
      const quit = pool.quit({ drain: true });
      await vi.advanceTimersByTimeAsync(199);
      expect(pool.status).toBe("draining");
      for (const each of hung) expect(await each).toBeInstanceOf(TaskTimeoutError);
      await vi.advanceTimersByTimeAsync(1);
      expect(await quit).toMatchObject({ completed: 0, failed: 2, leftover: [expect.any(Function)] });
      expect(await waiting).toMatchObject({ code: "DISP_POOL_QUIT", started: false });
      expect(vi.getTimerCount()).toBe(0);
    });

    it("ends such a drain at once when the tasks have been stuck for long", async () => {
      const pool = new WorkerPool({ maxWorkers: 1, taskTimeoutMs: 100 });
      pool.run();
      const hung = pool.execute(never).catch(() => "timed out");
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await hung).toBe("timed out");
      const task = () => {};
      pool.dispatch(task);
      expect(await pool.quit({ drain: true })).toMatchObject({ leftover: [task] });
    });

    it("ends such a drain when the workers are with tasks of a former run", async () => {
      const pool = new WorkerPool({ maxWorkers: 1, taskTimeoutMs: Infinity, onError: () => {} });
      pool.run();
      pool.dispatch(never);
      await pool.quit({ timeoutMs: 0 });
      pool.run();
      const task = () => {};
      pool.dispatch(task);
      expect(await pool.quit({ drain: true })).toMatchObject({ completed: 0, leftover: [task] });
    });

    it("waits at a drain for a task that is late, as long as it may yet settle", async () => {
      const pool = new WorkerPool({ maxWorkers: 1, taskTimeoutMs: 100 });
      pool.run();
      const late = pool.execute(sleep(150)).catch(() => "timed out");
      const next = pool.execute(() => "next");
      const quit = pool.quit({ drain: true });
      await vi.advanceTimersByTimeAsync(150);
      expect([await late, await next]).toEqual(["timed out", "next"]);
      expect(await quit).toMatchObject({ completed: 1, failed: 1, leftover: [] });
    });

    it("hands back a task that fails while the pool stops, and would have been tried again", async () => {
      const failures: PoolFailure[] = [];
      const pool = new WorkerPool({ maxWorkers: 1, onError: (failure) => void failures.push(failure) });
      pool.run();
      const task = retryTask(obedient, fixedDelay({ delayMs: 10 }));
      pool.dispatch(task);
      expect(await pool.quit()).toEqual({ completed: 0, failed: 0, leftover: [task] });
      expect(failures).toEqual([]);
    });

    it("may be followed by run, with nothing left from before", async () => {
      const pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      await pool.execute(() => 1);
      await pool.quit();
      expect(pool.dispatch(() => {})).toBe(false);
      pool.run();
      expect(await pool.execute(() => 2)).toBe(2);
      expect(await pool.quit()).toEqual({ completed: 1, failed: 0, leftover: [] });
      expect(pool.stats().completed).toBe(2);
    });

    it("hands back what was dispatched to a pool that never ran", async () => {
      const pool = new WorkerPool({ maxWorkers: 1 });
      const task = () => {};
      pool.dispatch(task);
      const waiting = pool.execute(() => 1).catch((error: unknown) => error);
      const { leftover } = await pool.quit({ drain: true });
      expect(leftover[0]).toBe(task);
      expect(await waiting).toBeInstanceOf(PoolQuitError);
      expect(pool.dispatch(task)).toBe(false);
    });

    it("may be asked for by a task", async () => {
      const pool = new WorkerPool({ maxWorkers: 2 });
      pool.run();
      let quit: Promise<unknown> | undefined;
      pool.dispatch(() => void (quit = pool.quit()));
      expect(await quit).toMatchObject({ completed: 1, leftover: [] });
    });

    it("refuses options that make no sense", async () => {
      const pool = new WorkerPool({ maxWorkers: 1 });
      await expect(pool.quit({ timeoutMs: -1 })).rejects.toThrow(RangeError);
      await expect(pool.quit({ signal: {} as AbortSignal })).rejects.toThrow(TypeError);
      await expect(pool.quit({ drain: 1 as never })).rejects.toThrow(TypeError);
      await expect(pool.execute(() => 1, null as never)).rejects.toThrow("options must be an object");
      expect(pool.status).toBe("stopped");
      expect(pool.dispatch(() => {})).toBe(true);
    });
  });

  describe("stats", () => {
    it("say how long tasks waited and ran", async () => {
      await using pool = new WorkerPool({ maxWorkers: 1 });
      pool.run();
      for (let n = 0; n < 4; n += 1) pool.dispatch(sleep(100));
      await vi.advanceTimersByTimeAsync(400);
      const { waitMs, runMs, completed } = pool.stats();
      expect(completed).toBe(4);
      expect(waitMs.max).toBe(300);
      expect(waitMs.p50).toBeGreaterThan(93);
      expect(waitMs.p50).toBeLessThan(107);
      expect(runMs).toMatchObject({ p50: 100, p99: 100, max: 100 });
    });
  });
});
