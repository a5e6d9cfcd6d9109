import { setImmediate as nextTurn } from "node:timers/promises";
import { BackgroundProcessor, type ScheduleResult } from "@disp/background";
import { type Case, floor, ours } from "./case.ts";
import { type Answer, Chores, Holds } from "./floors/chores.ts";
import { Milestone } from "./milestone.ts";
import { Tally } from "./tally.ts";
import { expectSame } from "./wrong-result.ts";

const WINDOW = 1_000;
const HOUR_MS = 3_600_000;

/** They stay: a fresh string each time would measure hashing. */
const KEYS: string[] = [];

function prepareKeys(count: number): void {
  for (let item = KEYS.length; item < count; item++) KEYS.push(`user:${item}`);
}

/** Counts the answers. Each case has answers of one kind only. */
class Answers {
  scheduled = 0;
  queued = 0;
  held = 0;
  /** Of those by hand, which know no reasons. */
  refused = 0;

  readonly hear = (answer: ScheduleResult): void => {
    if (answer.scheduled) this.scheduled++;
    else if (answer.reason === "queued") this.queued++;
    else if (answer.reason === "held") this.held++;
  };

  readonly hearByHand = (answer: Answer): void => {
    if (answer.scheduled) this.scheduled++;
    else this.refused++;
  };
}

/** Keeps the first job from ending, so that all others wait. */
class Gate {
  open: () => void = () => undefined;
  readonly opened: Promise<void> = new Promise((resolve) => (this.open = resolve));
}

const burst: Case = {
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
  ],
};

const windows: Case = {
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
  ],
};

const queued: Case = {
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
  ],
};

const held: Case = {
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
  ],
};

export const cases: readonly Case[] = [burst, windows, queued, held];
