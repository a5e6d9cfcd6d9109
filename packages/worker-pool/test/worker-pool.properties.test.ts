import { fixedDelay, noRetry } from "@disp/retry";
import {
  PoolFullError,
  PoolQuitError,
  type Task,
  type TaskContext,
  TaskTimeoutError,
  WorkerPool,
} from "@disp/worker-pool";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

interface Connection {
  readonly id: number;
  inUse: boolean;
  isOpen: boolean;
  isBroken: boolean;
}

/** What a task of the test does. */
const behaviour = fc.record({
  takesMs: fc.constantFrom(0, 0, 1, 5, 20, 60),
  outcome: fc.constantFrom("value", "value", "value", "nothing", "throws", "rejects", "breaks"),
  heedsAbort: fc.boolean(),
  retries: fc.constantFrom(0, 0, 1, 3),
  way: fc.constantFrom("dispatch", "execute", "signal"),
});
type Behaviour = typeof behaviour extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  { weight: 8, arbitrary: behaviour.map((task) => ({ what: "task" as const, task })) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 40 }).map((ms) => ({ what: "wait" as const, ms })) },
  { weight: 2, arbitrary: fc.nat(20).map((index) => ({ what: "abort" as const, index })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(2), fc.integer({ min: 2, max: 5 }))
      .map(([min, max]) => ({ what: "resize" as const, min, max })),
  },
  { weight: 1, arbitrary: fc.constant({ what: "run" as const }) },
  {
    weight: 1,
    arbitrary: fc
      .record({ drain: fc.boolean(), timeoutMs: fc.constantFrom(undefined, 0, 30) })
      .map((options) => ({ what: "quit" as const, options })),
  },
);

const setting = fc.record({
  maxWorkers: fc.integer({ min: 1, max: 4 }),
  maxQueued: fc.constantFrom(0, 2, 10, Infinity),
  order: fc.constantFrom("fifo" as const, "lifo" as const),
  failsToCreate: fc.constantFrom(0, 0, 2, 5),
  stopsRetryingCreate: fc.boolean(),
  createTakesMs: fc.constantFrom(0, 3, 500),
});

const EDGES = new Set([
  "stopped>running",
  "running>draining",
  "running>stopping",
  // Within one call or one wait, a pool that has nothing to do passes through.
  "running>stopped",
  "draining>stopping",
  "draining>stopped",
  "stopping>stopped",
]);

/** A pool under test, and everything that may be asked of it at any time. */
class Trial {
  readonly connections: Connection[] = [];
  readonly controllers: AbortController[] = [];
  readonly settled: Promise<unknown>[] = [];
  readonly pool: WorkerPool<Connection>;
  readonly started = new Map<Task<unknown, Connection>, number>();
  accepted = 0;
  results = 0;
  rejections = 0;
  dispatchedDone = 0;
  dispatchedFailed = 0;
  readonly leftover = new Set<unknown>();
  atWork = 0;
  mostAllowed: number;
  #lastStatus = "stopped";
  #createFailures: number;

  constructor(options: typeof setting extends fc.Arbitrary<infer T> ? T : never) {
    this.mostAllowed = options.maxWorkers;
    this.#createFailures = options.failsToCreate;
    this.pool = new WorkerPool<Connection>({
      maxWorkers: options.maxWorkers,
      maxQueued: options.maxQueued,
      order: options.order,
      taskTimeoutMs: 50,
      scaleDownAfterMs: 100,
      worker: {
        create: async () => {
          if (options.createTakesMs > 0) await new Promise((resolve) => setTimeout(resolve, options.createTakesMs));
          if (this.#createFailures-- > 0) throw new Error("create");
          const connection = { id: this.connections.length, inUse: false, isOpen: true, isBroken: false };
          this.connections.push(connection);
          return connection;
        },
        destroy: (connection) => {
          expect(connection.isOpen).toBe(true);
          connection.isOpen = false;
        },
        isUsable: ({ isBroken }) => !isBroken,
        retry: options.stopsRetryingCreate ? noRetry() : fixedDelay({ delayMs: 7 }),
        createTimeoutMs: 100,
      },
      onError: ({ kind }) => void (this.dispatchedFailed += kind === "task" ? 1 : 0),
    });
  }

  check(): void {
    const { status } = this.pool;
    if (status !== this.#lastStatus) expect(EDGES).toContain(`${this.#lastStatus}>${status}`);
    this.#lastStatus = status;
    expect(this.atWork).toBeLessThanOrEqual(this.mostAllowed);
    expect(this.pool.stats().running).toBeGreaterThanOrEqual(this.atWork);
  }

  task({ takesMs, outcome, heedsAbort, retries, way }: Behaviour): void {
    const execute = async (context: TaskContext<Connection>): Promise<unknown> => {
      const { worker } = context;
      expect(worker.inUse).toBe(false);
      expect(worker.isOpen && !worker.isBroken).toBe(true);
      worker.inUse = true;
      this.atWork += 1;
      expect(this.atWork).toBeLessThanOrEqual(this.mostAllowed);
      try {
        if (outcome === "throws" && takesMs === 0) throw new Error("task");
        await pause(takesMs, heedsAbort ? context.signal : undefined);
        if (outcome === "breaks") worker.isBroken = true;
        if (outcome !== "value" && outcome !== "nothing") throw new Error("task");
        if (way === "dispatch") this.dispatchedDone += 1;
        return outcome === "value" ? takesMs : undefined;
      } finally {
        worker.inUse = false;
        // The worker is free when the pool has heard of it, which is some microtasks from now.
        this.atWork -= 1;
      }
    };
    const task = { execute, retry: retries === 0 ? undefined : fixedDelay({ delayMs: 4, maxRetries: retries }) };
    if (way === "dispatch") {
      if (this.pool.dispatch(task)) this.accepted += 1;
      return;
    }
    const controller = new AbortController();
    if (way === "signal") this.controllers.push(controller);
    const { signal } = controller;
    const isOpen = this.pool.execute(task, { signal });
    this.accepted += 1;
    this.settled.push(
      isOpen.then(
        () => void (this.results += 1),
        (error: unknown) => {
          if (error instanceof PoolFullError) this.accepted -= 1;
          else this.#rejected(error, task);
        },
      ),
    );
  }

  #rejected(error: unknown, task: Task<unknown, Connection>): void {
    // Given back by quit: part of its leftover, or not accepted at all.
    if (error instanceof PoolQuitError && !error.started) this.leftover.add(task);
    else this.rejections += 1;
    const known = error instanceof PoolQuitError || error instanceof TaskTimeoutError || error === "off";
    expect(
      known ||
        (error instanceof Error && ["task", "create"].includes(error.message)) ||
        String(error).includes("create"),
    ).toBe(true);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (ms === 0) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

describe("WorkerPool, whatever comes in whatever order", { timeout: 0 }, () => {
  beforeEach(() => void vi.useFakeTimers());

  afterEach(() => void vi.useRealTimers());

  it("settles every task once, never exceeds its workers, shares no resource, and moves along its statuses", async () => {
    await fc.assert(
      fc.asyncProperty(setting, fc.array(step, { maxLength: 60 }), async (options, steps) => {
        const trial = new Trial(options);
        const { pool } = trial;
        const quits: Promise<unknown>[] = [];
        const returned = new Set<unknown>();
        let leftBehind = 0;
        const quit = (quitOptions: { drain: boolean; timeoutMs?: number | undefined }) => {
          quits.push(
            pool.quit(quitOptions).then((result) => {
              if (returned.has(result)) return;
              returned.add(result);
              leftBehind += result.leftover.length;
            }),
          );
        };
        pool.run();
        for (const each of steps) {
          if (each.what === "task") trial.task(each.task);
          else if (each.what === "wait") await vi.advanceTimersByTimeAsync(each.ms);
          else if (each.what === "abort") trial.controllers[each.index]?.abort("off");
          else if (each.what === "resize") {
            trial.mostAllowed = Math.max(trial.mostAllowed, each.max);
            pool.resize({ minWorkers: each.min, maxWorkers: each.max });
          } else if (each.what === "run") pool.run();
          else quit(each.options);
          trial.check();
          if (each.what === "wait") expect(pool.stats().running).toBe(trial.atWork);
        }
        quit({ drain: true, timeoutMs: 30_000 });
        trial.check();
        await vi.advanceTimersByTimeAsync(60_000);
        trial.check();
        await Promise.all([...quits, ...trial.settled]);
        expect(pool.status).toBe("stopped");
        expect(pool.stats()).toMatchObject({ queued: 0, running: 0, workers: 0, starting: 0 });
        expect(trial.connections.every(({ isOpen }) => !isOpen)).toBe(true);
        // Those that came to a closed pool were never accepted; their promises say so as those that were given back do.
        const { completed, failed } = pool.stats();
        const refused = completed + failed + leftBehind;
        expect(refused).toBeLessThanOrEqual(trial.accepted);
        expect(trial.accepted - refused).toBeLessThanOrEqual(trial.leftover.size);
        expect(completed).toBeGreaterThanOrEqual(trial.results);
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it("loses nothing at a drain", async () => {
    const tasks = fc.array(behaviour, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(setting, tasks, fc.nat(30), async (options, behaviours, waitMs) => {
        const trial = new Trial({ ...options, maxQueued: Infinity, failsToCreate: 0, createTakesMs: 3 });
        for (const each of behaviours) trial.task({ ...each, way: "dispatch" });
        trial.pool.run();
        await vi.advanceTimersByTimeAsync(waitMs);
        const quit = trial.pool.quit({ drain: true });
        await vi.advanceTimersByTimeAsync(60_000);
        const { completed, failed, leftover } = await quit;
        expect([completed + failed, leftover]).toEqual([behaviours.length, []]);
        expect(failed).toBe(trial.dispatchedFailed);
      }),
      { numRuns: 200 },
    );
  });
});
