import { WorkerPool } from "@disp/worker-pool";
import { type Case, floor, ours, peer } from "./case.ts";
import { Crew } from "./floors/crew.ts";
import { Tally } from "./tally.ts";
import { expectSame } from "./wrong-result.ts";

interface FastqModule {
  readonly default: {
    (worker: (item: number, done: () => void) => void, concurrency: number): FastqQueue;
    promise(worker: (item: number) => Promise<number>, concurrency: number): { push(item: number): Promise<number> };
  };
}

interface FastqQueue {
  push(item: number, done: () => void): void;
  drain: () => void;
}

interface AsyncModule {
  readonly queue: (
    worker: (item: number, done: () => void) => void,
    concurrency: number,
  ) => { push(item: number, done: () => void): void; drain(): Promise<void> };
}

interface PLimitModule {
  readonly default: (concurrency: number) => (task: () => Promise<number>) => Promise<number>;
}

interface PQueueModule {
  readonly default: new (options: { concurrency: number }) => { add(task: () => Promise<number>): Promise<number> };
}

const WORKERS = 10;
const WINDOW = 1_000;
const ITEMS = 100_000;

/** The tasks of a round are told here when they run. Contenders take turns, so there is one at a time. */
let begun = new Tally();

/** Tasks as everybody writes them, each with something of its own. They stay: to make them is no part of the job. */
const TASKS: (() => Promise<number>)[] = [];

function prepare(count: number): void {
  begun = new Tally();
  for (let item = TASKS.length; item < count; item++) TASKS.push(() => work(item));
}

function work(item: number): Promise<number> {
  begun.take(item);
  return Promise.resolve(item);
}

/** For a queue that is told by a callback when an item is done. */
function workThen(item: number, done: () => void): void {
  begun.take(item);
  queueMicrotask(done);
}

const dispatch: Case = {
  name: "dispatch, no-op async tasks, 10 workers, in a burst",
  count: ITEMS,
  checkCount: 5_000,
  goal: { ns: 170, floorNs: 85 },
  contenders: [
    floor(async (round) => {
      prepare(round.count);
      const crew = new Crew(WORKERS);
      round.start();
      for (let i = 0; i < round.count; i++) crew.dispatch(TASKS[i] as () => Promise<number>);
      round.stop();
      round.weigh("waiting", round.count);
      round.start();
      await crew.idle();
      round.stop();
      round.weigh("emptied");
      begun.finish(round.count);
      // Used once more, so that it was not collected before it was weighed.
      await crew.idle();
    }),
    ours("WorkerPool, dispatch", async (round) => {
      prepare(round.count);
      const pool = new WorkerPool({ maxWorkers: WORKERS });
      let accepted = 0;
      pool.run();
      round.start();
      for (let i = 0; i < round.count; i++) if (pool.dispatch(TASKS[i] as () => Promise<number>)) accepted++;
      round.stop();
      round.weigh("waiting", round.count);
      round.start();
      const { completed } = await pool.quit({ drain: true });
      round.stop();
      round.weigh("emptied");
      begun.finish(round.count);
      expectSame("accepted", accepted, round.count);
      expectSame("completed", completed, round.count);
      expectSame("workers left", pool.stats().workers, 0);
    }),
    peer("fastq, push", "fastq", ({ default: fastq }: FastqModule) => async (round) => {
      prepare(round.count);
      let called = 0;
      const onDone = () => {
        called++;
      };
      const queue = fastq(workThen, WORKERS);
      const drained = new Promise<void>((resolve) => (queue.drain = resolve));
      round.start();
      for (let i = 0; i < round.count; i++) queue.push(i, onDone);
      round.stop();
      round.weigh("waiting", round.count);
      round.start();
      await drained;
      round.stop();
      round.weigh("emptied");
      begun.finish(round.count);
      expectSame("callbacks", called, round.count);
      queue.push(round.count, onDone);
    }),
    peer(
      "async.queue, push",
      "async",
      ({ queue: asyncQueue }: AsyncModule) =>
        async (round) => {
          prepare(round.count);
          let called = 0;
          const onDone = () => {
            called++;
          };
          const queue = asyncQueue(workThen, WORKERS);
          const drained = queue.drain();
          round.start();
          for (let i = 0; i < round.count; i++) queue.push(i, onDone);
          round.stop();
          round.weigh("waiting", round.count);
          round.start();
          await drained;
          round.stop();
          round.weigh("emptied");
          begun.finish(round.count);
          expectSame("callbacks", called, round.count);
          queue.push(round.count, onDone);
        },
      0.5,
    ),
  ],
};

// Results are 0, 1, 2, ... as well: a no-op task that begins first is done first.

const burst: Case = {
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
      begun.finish(round.count);
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
      begun.finish(round.count);
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
          begun.finish(round.count);
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
          begun.finish(round.count);
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
          begun.finish(round.count);
          results.finish(round.count);
        },
      0.25,
    ),
  ],
};

const windows: Case = {
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
      begun.finish(round.count);
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
      begun.finish(round.count);
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
      begun.finish(round.count);
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
          begun.finish(round.count);
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
          begun.finish(round.count);
          results.finish(round.count);
        },
      0.5,
    ),
  ],
};

export const cases: readonly Case[] = [dispatch, burst, windows];
