import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { WorkerPool } from "@disp/worker-pool";
import { threadWorkers } from "@disp/worker-pool/threads";
import { builtIn, type Case, floor, type Goal, ours, type Play, peer, type Round } from "../case.ts";
import { Flight, type Payload } from "../flight.ts";
import { PEERS_FOLDER } from "../peers.ts";
import type { tasks } from "./thread-disp.ts";
import { threadFile } from "./thread-file.ts";

interface RunPool {
  run(value: unknown): Promise<unknown>;
  destroy(): Promise<void>;
}

interface RunPoolOptions {
  filename: string;
  minThreads: number;
  maxThreads: number;
  concurrentTasksPerWorker: number;
}

interface PiscinaModule {
  readonly Piscina: new (options: RunPoolOptions) => RunPool;
}

interface TinypoolModule {
  readonly Tinypool: new (options: RunPoolOptions) => RunPool;
}

interface WorkerpoolModule {
  readonly pool: (
    file: string,
    options: { minWorkers: number; maxWorkers: number; workerType: "thread" },
  ) => { exec(name: "echo", args: readonly unknown[]): Promise<unknown>; terminate(): Promise<unknown> };
}

interface PoolifierModule {
  readonly FixedThreadPool: new (
    threads: number,
    file: string,
  ) => { execute(value: unknown): Promise<unknown>; destroy(): Promise<void> };
}

interface Trip<Value> {
  readonly threads: number;
  readonly inFlight: number;
  readonly payload: Payload<Value>;
}

/** Some peers wait for ever for threads that are gone, or do not keep the process alive until they are. */
const endInTime = () => sleep(1_000);

/** A play with threads that stay from round to round, since their code has to be warm as well. */
function kept<Pool>(
  start: () => Pool,
  end: (pool: Pool) => Promise<unknown>,
  play: (pool: Pool, round: Round) => Promise<void>,
): Play {
  let pool: Pool | undefined;
  const keptPlay: Play = (round) => play((pool ??= start()), round);
  keptPlay.close = async () => {
    const last = pool;
    pool = undefined;
    if (last !== undefined) await Promise.race([end(last), endInTime()]);
  };
  return keptPlay;
}

function startThreads(count: number, workerData?: "batches"): Worker[] {
  return Array.from({ length: count }, () => new Worker(threadFile("thread-by-hand"), { workerData }));
}

function endThreads(workers: readonly Worker[]): Promise<unknown> {
  return Promise.all(workers.map((worker) => worker.terminate()));
}

/** A message for each task, and one for each result. */
function byHand<Value>({ threads, inFlight, payload }: Trip<Value>): Play {
  return kept(
    () => startThreads(threads),
    endThreads,
    async (workers, round) => {
      let turn = 0;
      const flight = new Flight(round.count, payload, (value) => workers[turn++ % threads]?.postMessage(value));
      for (const worker of workers) worker.on("message", flight.land);
      round.start();
      await flight.start(inFlight);
      round.stop();
      for (const worker of workers) worker.off("message", flight.land);
      flight.finish(threads === 1);
    },
  );
}

/** Two batches on their way to and from each thread: while it works at one, the other is read and filled here. */
function byHandInBatches<Value>({ threads, inFlight, payload }: Trip<Value>): Play {
  const inBatch = Math.ceil(inFlight / (2 * threads));
  return kept(
    () => startThreads(threads, "batches"),
    endThreads,
    async (workers, round) => {
      let batch: Value[] = [];
      const flight = new Flight(round.count, payload, (value) => void batch.push(value));
      const hears = workers.map((worker) => (values: readonly Value[]) => {
        for (const value of values) flight.land(value);
        if (batch.length === 0) return;
        worker.postMessage(batch);
        batch = [];
      });
      for (const [index, worker] of workers.entries()) worker.on("message", hears[index] as () => void);
      round.start();
      const landed = flight.start(inFlight);
      for (let turn = 0; batch.length > 0; turn++) workers[turn % threads]?.postMessage(batch.splice(0, inBatch));
      await landed;
      round.stop();
      for (const [index, worker] of workers.entries()) worker.off("message", hears[index] as () => void);
      flight.finish(threads === 1);
    },
  );
}

function workerPool<Value>({ threads, inFlight, payload }: Trip<Value>): Play {
  return kept(
    () => {
      const worker = threadWorkers<typeof tasks>(threadFile("thread-disp"));
      const pool = new WorkerPool({ maxWorkers: threads, minWorkers: threads, worker });
      pool.run();
      return pool;
    },
    (pool) => pool.quit(),
    async (pool, round) => {
      const flight = new Flight(round.count, payload, (value) => {
        // What comes back is what was sent.
        void (pool.call("echo", [value]) as Promise<Value>).then(flight.land, flight.fail);
      });
      round.start();
      await flight.start(inFlight);
      round.stop();
      flight.finish(threads === 1);
    },
  );
}

function runPool<Value>(
  start: (options: RunPoolOptions) => RunPool,
  { threads, inFlight, payload }: Trip<Value>,
): Play {
  const filename = new URL("threads/echo.js", PEERS_FOLDER).href;
  // As many as ours is handed ahead of time.
  const concurrentTasksPerWorker = Math.min(128, inFlight);
  return kept(
    () => start({ filename, minThreads: threads, maxThreads: threads, concurrentTasksPerWorker }),
    (pool) => pool.destroy(),
    async (pool, round) => {
      const flight = new Flight(round.count, payload, (value) => {
        void (pool.run(value) as Promise<Value>).then(flight.land, flight.fail);
      });
      round.start();
      await flight.start(inFlight);
      round.stop();
      flight.finish(false);
    },
  );
}

function workerpool<Value>({ pool: makePool }: WorkerpoolModule, { threads, inFlight, payload }: Trip<Value>): Play {
  const { pathname } = new URL("threads/workerpool.js", PEERS_FOLDER);
  return kept(
    () => makePool(pathname, { minWorkers: threads, maxWorkers: threads, workerType: "thread" }),
    (pool) => pool.terminate(),
    async (pool, round) => {
      const flight = new Flight(round.count, payload, (value) => {
        void (pool.exec("echo", [value]) as Promise<Value>).then(flight.land, flight.fail);
      });
      round.start();
      await flight.start(inFlight);
      round.stop();
      flight.finish(false);
    },
  );
}

function poolifier<Value>({ FixedThreadPool }: PoolifierModule, { threads, inFlight, payload }: Trip<Value>): Play {
  const { pathname } = new URL("threads/poolifier.js", PEERS_FOLDER);
  return kept(
    () => new FixedThreadPool(threads, pathname),
    (pool) => pool.destroy(),
    async (pool, round) => {
      const flight = new Flight(round.count, payload, (value) => {
        void (pool.execute(value) as Promise<Value>).then(flight.land, flight.fail);
      });
      round.start();
      await flight.start(inFlight);
      round.stop();
      flight.finish(false);
    },
  );
}

const NUMBERS: Payload<number> = { pack: (item) => item, unpack: (value) => value };

interface User {
  readonly id: number;
  readonly name: string;
}

const OBJECTS: Payload<User> = { pack: (id) => ({ id, name: "Ann" }), unpack: ({ id }) => id };

/** @param count - Tasks for those that need a microsecond each; the peers need ten times as long. */
function caseOf<Value>(name: string, count: number, trip: Trip<Value>, goal: Goal): Case {
  const share = trip.inFlight === 1 ? 0.5 : 0.1;
  return {
    name,
    count,
    checkCount: 1_000,
    goal,
    hasThreads: true,
    contenders: [
      floor(byHand(trip)),
      // With one task at a time there are no batches.
      ...(trip.inFlight === 1 ? [] : [builtIn("by hand, in batches", byHandInBatches(trip))]),
      ours("WorkerPool, call", workerPool(trip)),
      peer(
        "piscina",
        "piscina",
        ({ Piscina }: PiscinaModule) => runPool((options) => new Piscina(options), trip),
        share,
      ),
      peer(
        "tinypool",
        "tinypool",
        ({ Tinypool }: TinypoolModule) => runPool((options) => new Tinypool(options), trip),
        share,
      ),
      peer(
        "workerpool",
        "workerpool",
        (module: { default: WorkerpoolModule }) => workerpool(module.default, trip),
        share,
      ),
      peer("poolifier", "poolifier", (module: PoolifierModule) => poolifier(module, trip), share),
    ],
  };
}

export const cases: readonly Case[] = [
  caseOf(
    "round trip, 1 task in flight",
    1_000,
    { threads: 1, inFlight: 1, payload: NUMBERS },
    { ns: 59_800, floorNs: 52_000 },
  ),
  caseOf(
    "256 tasks in flight, 1 thread",
    20_000,
    { threads: 1, inFlight: 256, payload: NUMBERS },
    { ns: 1_000, floorNs: 1_200 },
  ),
  caseOf(
    "256 tasks in flight, 2 threads",
    20_000,
    { threads: 2, inFlight: 256, payload: NUMBERS },
    { ns: 1_000, floorNs: 1_200 },
  ),
  caseOf(
    "256 tasks in flight, 1 thread, small objects in place of numbers",
    20_000,
    { threads: 1, inFlight: 256, payload: OBJECTS },
    // Nobody set this one: no slower than a message a task.
    { ns: 2_400, floorNs: 2_400 },
  ),
];
