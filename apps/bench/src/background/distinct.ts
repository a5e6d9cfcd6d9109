import { BackgroundProcessor } from "@disp/background";
import { Answers, Gate, KEYS, prepareKeys, WINDOW } from "./answers.ts";
import { AsyncChores, type AsyncModule, PQueueChores, type PQueueModule } from "./peers.ts";
import { type Case, floor, ours, peer } from "../case.ts";
import { Chores } from "../floors/chores.ts";
import { Milestone } from "../milestone.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

export const burst: Case = {
  name: "schedule distinct keys, in a burst",
  count: 100_000,
  checkCount: 5_000,
  // Goals of this group were set without floors; these were measured afterwards.
  goal: { ns: 600, floorNs: 340 },
  contenders: [
    floor(async (round) => {
      prepareKeys(round.count);
      const done = new Tally();
      const answers = new Answers();
      const gate = new Gate();
      const chores = new Chores((item) => {
        done.take(item);
        return item === 0 ? gate.opened : undefined;
      });
      let last: Promise<void> | undefined;
      round.start();
      for (let i = 0; i < round.count; i++) last = chores.schedule(KEYS[i] as string, i).then(answers.hearByHand);
      await last;
      round.stop();
      round.weigh("waiting", round.count);
      expectSame("waiting and running", chores.size, round.count);
      gate.open();
      round.start();
      await chores.idle();
      round.stop();
      round.weigh("emptied");
      done.finish(round.count);
      expectSame("scheduled", answers.scheduled, round.count);
      expectSame("left", chores.size, 0);
    }),
    ours("BackgroundProcessor", async (round) => {
      prepareKeys(round.count);
      const done = new Tally();
      const answers = new Answers();
      const gate = new Gate();
      const processor = new BackgroundProcessor<number>({
        process: (item) => {
          done.take(item);
          return item === 0 ? gate.opened : undefined;
        },
      });
      let last: Promise<void> | undefined;
      round.start();
      for (let i = 0; i < round.count; i++) last = processor.schedule(KEYS[i] as string, i).then(answers.hear);
      await last;
      round.stop();
      round.weigh("waiting", round.count);
      expectSame("waiting", processor.queueLength, round.count - 1);
      gate.open();
      round.start();
      const { leftover } = await processor.stop({ drain: true });
      round.stop();
      round.weigh("emptied");
      done.finish(round.count);
      expectSame("scheduled", answers.scheduled, round.count);
      expectSame("left", leftover.length + processor.queueLength, 0);
      expectSame("completed", processor.stats().completed, round.count);
    }),
    peer(
      "p-queue with a Set of keys",
      "p-queue",
      (module: PQueueModule) => async (round) => {
        prepareKeys(round.count);
        const done = new Tally();
        const answers = new Answers();
        const gate = new Gate();
        const chores = new PQueueChores(module, (item) => {
          done.take(item);
          return item === 0 ? gate.opened : undefined;
        });
        let last: Promise<void> | undefined;
        round.start();
        for (let i = 0; i < round.count; i++) last = chores.schedule(KEYS[i] as string, i).then(answers.hearByHand);
        await last;
        round.stop();
        round.weigh("waiting", round.count);
        expectSame("waiting and running", chores.size, round.count);
        gate.open();
        round.start();
        await chores.idle();
        round.stop();
        round.weigh("emptied");
        done.finish(round.count);
        expectSame("scheduled", answers.scheduled, round.count);
        expectSame("left", chores.size, 0);
      },
      0.25,
    ),
    peer(
      "async.queue with a Set of keys",
      "async",
      (module: AsyncModule) => async (round) => {
        prepareKeys(round.count);
        const done = new Tally();
        const answers = new Answers();
        const gate = new Gate();
        const chores = new AsyncChores(module, (item) => {
          done.take(item);
          return item === 0 ? gate.opened : undefined;
        });
        let last: Promise<void> | undefined;
        round.start();
        for (let i = 0; i < round.count; i++) last = chores.schedule(KEYS[i] as string, i).then(answers.hearByHand);
        await last;
        round.stop();
        round.weigh("waiting", round.count);
        expectSame("waiting and running", chores.size, round.count);
        gate.open();
        round.start();
        await chores.idle();
        round.stop();
        round.weigh("emptied");
        done.finish(round.count);
        expectSame("scheduled", answers.scheduled, round.count);
        expectSame("left", chores.size, 0);
      },
      0.25,
    ),
  ],
};

export const windows: Case = {
  name: "schedule distinct keys, in windows of 1,000, each done before the next",
  count: 100_000,
  checkCount: 5_000,
  goal: { ns: 600, floorNs: 120 },
  contenders: [
    floor(async (round) => {
      prepareKeys(round.count);
      const done = new Tally();
      const passed = new Milestone();
      const answers = new Answers();
      const chores = new Chores((item) => {
        done.take(item);
        passed.pass();
        return undefined;
      });
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + WINDOW);
        for (; i < end; i++) void chores.schedule(KEYS[i] as string, i).then(answers.hearByHand);
        await passed.reached(end);
      }
      round.stop();
      await chores.idle();
      done.finish(round.count);
      expectSame("scheduled", answers.scheduled, round.count);
      expectSame("left", chores.size, 0);
    }),
    ours("BackgroundProcessor", async (round) => {
      prepareKeys(round.count);
      const done = new Tally();
      const passed = new Milestone();
      const answers = new Answers();
      const processor = new BackgroundProcessor<number>({
        process: (item) => {
          done.take(item);
          passed.pass();
        },
      });
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + WINDOW);
        for (; i < end; i++) void processor.schedule(KEYS[i] as string, i).then(answers.hear);
        await passed.reached(end);
      }
      round.stop();
      await processor.stop({ drain: true });
      done.finish(round.count);
      expectSame("scheduled", answers.scheduled, round.count);
      expectSame("completed", processor.stats().completed, round.count);
    }),
    peer(
      "p-queue with a Set of keys",
      "p-queue",
      (module: PQueueModule) => async (round) => {
        prepareKeys(round.count);
        const done = new Tally();
        const passed = new Milestone();
        const answers = new Answers();
        const chores = new PQueueChores(module, (item) => {
          done.take(item);
          passed.pass();
          return undefined;
        });
        round.start();
        for (let i = 0; i < round.count; ) {
          const end = Math.min(round.count, i + WINDOW);
          for (; i < end; i++) void chores.schedule(KEYS[i] as string, i).then(answers.hearByHand);
          await passed.reached(end);
        }
        round.stop();
        await chores.idle();
        done.finish(round.count);
        expectSame("scheduled", answers.scheduled, round.count);
        expectSame("left", chores.size, 0);
      },
      0.5,
    ),
    peer(
      "async.queue with a Set of keys",
      "async",
      (module: AsyncModule) => async (round) => {
        prepareKeys(round.count);
        const done = new Tally();
        const passed = new Milestone();
        const answers = new Answers();
        const chores = new AsyncChores(module, (item) => {
          done.take(item);
          passed.pass();
          return undefined;
        });
        round.start();
        for (let i = 0; i < round.count; ) {
          const end = Math.min(round.count, i + WINDOW);
          for (; i < end; i++) void chores.schedule(KEYS[i] as string, i).then(answers.hearByHand);
          await passed.reached(end);
        }
        round.stop();
        await chores.idle();
        done.finish(round.count);
        expectSame("scheduled", answers.scheduled, round.count);
        expectSame("left", chores.size, 0);
      },
      0.5,
    ),
  ],
};
