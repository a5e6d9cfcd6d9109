import { WorkerPool } from "@disp/worker-pool";
import { type Case, floor, ours, peer } from "../case.ts";
import { Crew } from "../floors/crew.ts";
import {
  type AsyncModule,
  type BottleneckModule,
  type EffectModule,
  expectAllRan,
  type FastqModule,
  ITEMS,
  type PLimitModule,
  type PQueueModule,
  prepare,
  TASKS,
  WORKERS,
  work,
  workThenTell,
} from "./peers.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

// Results are 0, 1, 2, ... as well: a no-op task that begins first is done first.

export const burst: Case = {
  name: "execute in a burst: a promise each",
  count: ITEMS,
  checkCount: 5_000,
  goal: { ns: 420, floorNs: 299 },
  contenders: [
    floor(async (round) => {
      prepare(round.count);
      const results = new Tally();
      const onResult = (result: number) => results.take(result);
      const crew = new Crew(WORKERS);
      let last: Promise<void> | undefined;
      round.start();
      for (let i = 0; i < round.count; i++) last = crew.execute(TASKS[i] as () => Promise<number>).then(onResult);
      await last;
      round.stop();
      expectAllRan(round.count);
      results.finish(round.count);
    }),
    ours("WorkerPool, execute", async (round) => {
      prepare(round.count);
      const results = new Tally();
      const onResult = (result: number) => results.take(result);
      const pool = new WorkerPool({ maxWorkers: WORKERS });
      let last: Promise<void> | undefined;
      pool.run();
      round.start();
      for (let i = 0; i < round.count; i++) last = pool.execute(TASKS[i] as () => Promise<number>).then(onResult);
      await last;
      round.stop();
      expectAllRan(round.count);
      results.finish(round.count);
      expectSame("completed", (await pool.quit()).completed, round.count);
    }),
    peer(
      "fastq.promise, push",
      "fastq",
      ({ default: fastq }: FastqModule) =>
        async (round) => {
          prepare(round.count);
          const results = new Tally();
          const onResult = (result: number) => results.take(result);
          const queue = fastq.promise(work, WORKERS);
          let last: Promise<void> | undefined;
          round.start();
          for (let i = 0; i < round.count; i++) last = queue.push(i).then(onResult);
          await last;
          round.stop();
          expectAllRan(round.count);
          results.finish(round.count);
        },
      0.5,
    ),
    peer(
      "p-limit",
      "p-limit",
      ({ default: pLimit }: PLimitModule) =>
        async (round) => {
          prepare(round.count);
          const results = new Tally();
          const onResult = (result: number) => results.take(result);
          const limit = pLimit(WORKERS);
          let last: Promise<void> | undefined;
          round.start();
          for (let i = 0; i < round.count; i++) last = limit(TASKS[i] as () => Promise<number>).then(onResult);
          await last;
          round.stop();
          expectAllRan(round.count);
          results.finish(round.count);
        },
      0.25,
    ),
    peer(
      "p-queue, add",
      "p-queue",
      ({ default: PQueue }: PQueueModule) =>
        async (round) => {
          prepare(round.count);
          const results = new Tally();
          const onResult = (result: number) => results.take(result);
          const queue = new PQueue({ concurrency: WORKERS });
          let last: Promise<void> | undefined;
          round.start();
          for (let i = 0; i < round.count; i++) last = queue.add(TASKS[i] as () => Promise<number>).then(onResult);
          await last;
          round.stop();
          expectAllRan(round.count);
          results.finish(round.count);
        },
      0.25,
    ),
    peer(
      "async.queue, push",
      "async",
      ({ queue: asyncQueue }: AsyncModule) =>
        async (round) => {
          prepare(round.count);
          const results = new Tally();
          const onResult = (result: number) => results.take(result);
          const queue = asyncQueue(workThenTell, WORKERS);
          let last: Promise<void> | undefined;
          round.start();
          for (let i = 0; i < round.count; i++) last = queue.push(i).then(onResult);
          await last;
          round.stop();
          expectAllRan(round.count);
          results.finish(round.count);
        },
      0.25,
    ),
    peer(
      "effect, Semaphore",
      "effect",
      ({ Effect, Semaphore }: EffectModule) =>
        async (round) => {
          prepare(round.count);
          const results = new Tally();
          const onResult = (result: number) => results.take(result);
          const withPermit = Semaphore.makeUnsafe(WORKERS).withPermits(1);
          let last: Promise<void> | undefined;
          round.start();
          for (let i = 0; i < round.count; i++) {
            const task = Effect.promise(TASKS[i] as () => Promise<number>);
            last = Effect.runPromise(withPermit(task)).then(onResult);
          }
          await last;
          round.stop();
          expectAllRan(round.count);
          results.finish(round.count);
        },
      0.02,
    ),
    // Each task starts by a timer of its own.
    peer(
      "bottleneck, schedule",
      "bottleneck",
      ({ default: Bottleneck }: BottleneckModule) =>
        async (round) => {
          const { count } = round;
          prepare(count);
          const results = new Tally();
          const onResult = (result: number) => results.take(result);
          const limiter = new Bottleneck({ maxConcurrent: WORKERS });
          let last: Promise<void> | undefined;
          round.start();
          for (let i = 0; i < count; i++) last = limiter.schedule(TASKS[i] as () => Promise<number>).then(onResult);
          await last;
          round.stop();
          expectAllRan(count);
          results.finish(count);
        },
      0.000_2,
    ),
  ],
};
