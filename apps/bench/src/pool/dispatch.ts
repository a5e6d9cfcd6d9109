import { WorkerPool } from "@disp/worker-pool";
import { type Case, floor, ours, peer } from "../case.ts";
import { Crew } from "../floors/crew.ts";
import {
  type AsyncModule,
  type EffectModule,
  expectAllRan,
  type FastqModule,
  ITEMS,
  prepare,
  type RxModule,
  TASKS,
  WORKERS,
  workThen,
} from "./peers.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

export const dispatch: Case = {
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
      expectAllRan(round.count);
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
      expectAllRan(round.count);
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
      expectAllRan(round.count);
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
          expectAllRan(round.count);
          expectSame("callbacks", called, round.count);
          queue.push(round.count, onDone);
        },
      0.5,
    ),
    peer(
      "rxjs, mergeMap",
      "rxjs",
      ({ Subject, mergeMap }: RxModule) =>
        async (round) => {
          prepare(round.count);
          const results = new Tally();
          const tasks = new Subject();
          const stream = tasks.pipe(mergeMap((task) => task(), WORKERS));
          const drained = new Promise<void>((resolve) => {
            stream.subscribe({ next: (result) => results.take(result), complete: resolve });
          });
          round.start();
          for (let i = 0; i < round.count; i++) tasks.next(TASKS[i] as () => Promise<number>);
          tasks.complete();
          round.stop();
          round.weigh("waiting", round.count);
          round.start();
          await drained;
          round.stop();
          round.weigh("emptied");
          expectAllRan(round.count);
          results.finish(round.count);
          tasks.complete();
        },
      0.1,
    ),
    // It is given all tasks at once, so nothing waits.
    peer(
      "effect, forEach",
      "effect",
      ({ Effect }: EffectModule) =>
        async (round) => {
          prepare(round.count);
          const tasks = TASKS.slice(0, round.count);
          const options = { concurrency: WORKERS, discard: true } as const;
          round.start();
          await Effect.runPromise(Effect.forEach(tasks, (task) => Effect.promise(task), options));
          round.stop();
          expectAllRan(round.count);
        },
      0.25,
    ),
  ],
};
