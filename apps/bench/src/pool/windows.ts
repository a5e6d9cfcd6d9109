import { WorkerPool } from "@disp/worker-pool";
import { type Case, floor, ours, peer } from "../case.ts";
import { Crew } from "../floors/crew.ts";
import {
  type AsyncModule,
  type EffectModule,
  expectAllRan,
  type FastqModule,
  ITEMS,
  type PLimitModule,
  type PQueueModule,
  prepare,
  TASKS,
  WINDOW,
  WORKERS,
  work,
  workThenTell,
} from "./peers.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

export const windows: Case = {
  name: "execute in windows of 1,000",
  count: ITEMS,
  checkCount: 5_000,
  goal: { ns: 180, floorNs: 121 },
  contenders: [
    floor(async (round) => {
      prepare(round.count);
      const results = new Tally();
      const onResult = (result: number) => results.take(result);
      const crew = new Crew(WORKERS);
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + WINDOW);
        let last: Promise<void> | undefined;
        while (i < end) last = crew.execute(TASKS[i++] as () => Promise<number>).then(onResult);
        await last;
      }
      round.stop();
      expectAllRan(round.count);
      results.finish(round.count);
    }),
    ours("WorkerPool, execute", async (round) => {
      prepare(round.count);
      const results = new Tally();
      const onResult = (result: number) => results.take(result);
      const pool = new WorkerPool({ maxWorkers: WORKERS });
      pool.run();
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + WINDOW);
        let last: Promise<void> | undefined;
        while (i < end) last = pool.execute(TASKS[i++] as () => Promise<number>).then(onResult);
        await last;
      }
      round.stop();
      expectAllRan(round.count);
      results.finish(round.count);
      expectSame("completed", (await pool.quit()).completed, round.count);
    }),
    peer("fastq.promise, push", "fastq", ({ default: fastq }: FastqModule) => async (round) => {
      prepare(round.count);
      const results = new Tally();
      const onResult = (result: number) => results.take(result);
      const queue = fastq.promise(work, WORKERS);
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + WINDOW);
        let last: Promise<void> | undefined;
        while (i < end) last = queue.push(i++).then(onResult);
        await last;
      }
      round.stop();
      expectAllRan(round.count);
      results.finish(round.count);
    }),
    peer(
      "p-limit",
      "p-limit",
      ({ default: pLimit }: PLimitModule) =>
        async (round) => {
          prepare(round.count);
          const results = new Tally();
          const onResult = (result: number) => results.take(result);
          const limit = pLimit(WORKERS);
          round.start();
          for (let i = 0; i < round.count; ) {
            const end = Math.min(round.count, i + WINDOW);
            let last: Promise<void> | undefined;
            while (i < end) last = limit(TASKS[i++] as () => Promise<number>).then(onResult);
            await last;
          }
          round.stop();
          expectAllRan(round.count);
          results.finish(round.count);
        },
      0.5,
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
          round.start();
          for (let i = 0; i < round.count; ) {
            const end = Math.min(round.count, i + WINDOW);
            let last: Promise<void> | undefined;
            while (i < end) last = queue.add(TASKS[i++] as () => Promise<number>).then(onResult);
            await last;
          }
          round.stop();
          expectAllRan(round.count);
          results.finish(round.count);
        },
      0.5,
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
          round.start();
          for (let i = 0; i < round.count; ) {
            const end = Math.min(round.count, i + WINDOW);
            let last: Promise<void> | undefined;
            while (i < end) last = queue.push(i++).then(onResult);
            await last;
          }
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
          round.start();
          for (let i = 0; i < round.count; ) {
            const end = Math.min(round.count, i + WINDOW);
            let last: Promise<void> | undefined;
            while (i < end) {
              const task = Effect.promise(TASKS[i++] as () => Promise<number>);
              last = Effect.runPromise(withPermit(task)).then(onResult);
            }
            await last;
          }
          round.stop();
          expectAllRan(round.count);
          results.finish(round.count);
        },
      0.05,
    ),
  ],
};
