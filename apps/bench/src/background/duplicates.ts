import { setImmediate as nextTurn } from "node:timers/promises";
import { BackgroundProcessor } from "@disp/background";
import { Answers, Gate, WINDOW } from "./answers.ts";
import { AsyncChores, type AsyncModule, type FlexibleModule, PQueueChores, type PQueueModule } from "./peers.ts";
import { type Case, floor, ours, peer } from "../case.ts";
import { Chores, Holds } from "../floors/chores.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

const HOUR_MS = 3_600_000;

export const queued: Case = {
  name: "schedule duplicates of a job that waits",
  count: 200_000,
  checkCount: 5_000,
  goal: { ns: 500, floorNs: 28 },
  contenders: [
    floor(async (round) => {
      const done = new Tally();
      const answers = new Answers();
      const gate = new Gate();
      const chores = new Chores((item) => {
        done.take(item);
        return gate.opened;
      });
      void chores.schedule("runs", 0);
      void chores.schedule("waits", 1);
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + WINDOW);
        let last: Promise<void> | undefined;
        while (i < end) last = chores.schedule("waits", i++).then(answers.hearByHand);
        await last;
      }
      round.stop();
      gate.open();
      await chores.idle();
      done.finish(2);
      expectSame("refused", answers.refused, round.count);
    }),
    ours("BackgroundProcessor", async (round) => {
      const done = new Tally();
      const answers = new Answers();
      const gate = new Gate();
      const processor = new BackgroundProcessor<number>({
        process: (item) => {
          done.take(item);
          return gate.opened;
        },
      });
      await processor.schedule("runs", 0);
      await processor.schedule("waits", 1);
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + WINDOW);
        let last: Promise<void> | undefined;
        while (i < end) last = processor.schedule("waits", i++).then(answers.hear);
        await last;
      }
      round.stop();
      gate.open();
      await processor.stop({ drain: true });
      done.finish(2);
      expectSame("refused as queued", answers.queued, round.count);
    }),
    peer(
      "p-queue with a Set of keys",
      "p-queue",
      (module: PQueueModule) => async (round) => {
        const done = new Tally();
        const answers = new Answers();
        const gate = new Gate();
        const chores = new PQueueChores(module, (item) => {
          done.take(item);
          return gate.opened;
        });
        void chores.schedule("runs", 0);
        void chores.schedule("waits", 1);
        round.start();
        for (let i = 0; i < round.count; ) {
          const end = Math.min(round.count, i + WINDOW);
          let last: Promise<void> | undefined;
          while (i < end) last = chores.schedule("waits", i++).then(answers.hearByHand);
          await last;
        }
        round.stop();
        gate.open();
        await chores.idle();
        done.finish(2);
        expectSame("refused", answers.refused, round.count);
      },
      1,
    ),
    peer(
      "async.queue with a Set of keys",
      "async",
      (module: AsyncModule) => async (round) => {
        const done = new Tally();
        const answers = new Answers();
        const gate = new Gate();
        const chores = new AsyncChores(module, (item) => {
          done.take(item);
          return gate.opened;
        });
        void chores.schedule("runs", 0);
        void chores.schedule("waits", 1);
        round.start();
        for (let i = 0; i < round.count; ) {
          const end = Math.min(round.count, i + WINDOW);
          let last: Promise<void> | undefined;
          while (i < end) last = chores.schedule("waits", i++).then(answers.hearByHand);
          await last;
        }
        round.stop();
        gate.open();
        await chores.idle();
        done.finish(2);
        expectSame("refused", answers.refused, round.count);
      },
      1,
    ),
  ],
};

export const held: Case = {
  name: "schedule duplicates of a job that is done, while its hold lasts",
  count: 100_000,
  checkCount: 5_000,
  goal: { ns: 500, floorNs: 66 },
  contenders: [
    floor(async (round) => {
      const answers = new Answers();
      const holds = new Holds();
      void holds.take("done", HOUR_MS);
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + WINDOW);
        let last: Promise<void> | undefined;
        for (; i < end; i++) last = holds.take("done", HOUR_MS).then(answers.hearByHand);
        await last;
      }
      round.stop();
      expectSame("refused", answers.refused, round.count);
    }),
    ours("BackgroundProcessor", async (round) => {
      const done = new Tally();
      const answers = new Answers();
      const processor = new BackgroundProcessor<number>({ process: (item) => done.take(item) });
      const hold = { holdMs: HOUR_MS };
      await processor.schedule("done", 0, hold);
      // It is done, and its hold is kept.
      await nextTurn();
      done.finish(1);
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + WINDOW);
        let last: Promise<void> | undefined;
        while (i < end) last = processor.schedule("done", i++, hold).then(answers.hear);
        await last;
      }
      round.stop();
      await processor.stop();
      expectSame("refused as held", answers.held, round.count);
    }),
    // Of which a key may have one a day: nearest to a hold.
    peer(
      "rate-limiter-flexible, RateLimiterMemory",
      "rate-limiter-flexible",
      ({ RateLimiterMemory }: FlexibleModule) =>
        async (round) => {
          const limiter = new RateLimiterMemory({ points: 1, duration: 86_400 });
          let refused = 0;
          const onScheduled = () => undefined;
          const onRefused = () => {
            refused++;
          };
          await limiter.consume("done");
          round.start();
          for (let i = 0; i < round.count; ) {
            const end = Math.min(round.count, i + WINDOW);
            let last: Promise<void> | undefined;
            for (; i < end; i++) last = limiter.consume("done").then(onScheduled, onRefused);
            await last;
          }
          round.stop();
          expectSame("refused", refused, round.count);
          await limiter.delete("done");
        },
      0.4,
    ),
  ],
};
