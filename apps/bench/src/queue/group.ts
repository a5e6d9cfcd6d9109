import { Deque, SyncQueue } from "@disp/sync-queue";
import { builtIn, type Case, floor, ours, peer, type Round } from "../case.ts";
import { Ring } from "../floors/ring.ts";
import { SegmentQueue } from "../floors/segment-queue.ts";
import { expectSame } from "../wrong-result.ts";

// Every contender has loops of its own: in a shared one, the calls would be slow for all of them.

interface DenqueModule {
  readonly default: new () => { push(item: number): void; shift(): number | undefined };
}

interface YoctoQueueModule {
  readonly default: new () => { enqueue(item: number): void; dequeue(): number | undefined };
}

const DEPTH = 1_000;

// Items are 0, 1, 2, ...: in order, all and none twice is the same as each in its place.

/** @param next - Takes from the queue, which is thereby still alive when it is weighed. */
function expectEmpty(round: Round, wrong: number, next: () => number | undefined): void {
  round.stop();
  round.weigh("emptied");
  expectSame("items out of their place", wrong, 0);
  expectSame("what is left", next(), undefined);
}

function expectDepth(round: Round, wrong: number, next: () => number | undefined): void {
  round.stop();
  let misplaced = wrong;
  for (let i = round.count; i < round.count + DEPTH; i++) if (next() !== i) misplaced++;
  expectSame("items out of their place", misplaced, 0);
  expectSame("what is left", next(), undefined);
}

const steady: Case = {
  name: `in and out, steady at depth ${DEPTH.toLocaleString("en")}`,
  count: 2_000_000,
  checkCount: 5_000,
  goal: { ns: 5, floorNs: 2.4 },
  contenders: [
    floor((round) => {
      const queue = new Ring(2_048);
      const end = round.count + DEPTH;
      let wrong = 0;
      for (let i = 0; i < DEPTH; i++) queue.push(i);
      round.start();
      for (let i = DEPTH; i < end; i++) {
        queue.push(i);
        if (queue.shift() !== i - DEPTH) wrong++;
      }
      expectDepth(round, wrong, () => queue.shift());
    }),
    ours("Deque", (round) => {
      const queue = new Deque<number>();
      const end = round.count + DEPTH;
      let wrong = 0;
      for (let i = 0; i < DEPTH; i++) queue.pushBack(i);
      round.start();
      for (let i = DEPTH; i < end; i++) {
        queue.pushBack(i);
        if (queue.popFront() !== i - DEPTH) wrong++;
      }
      expectDepth(round, wrong, () => queue.popFront());
    }),
    ours("SyncQueue", (round) => {
      const queue = new SyncQueue<number>();
      const end = round.count + DEPTH;
      let wrong = 0;
      for (let i = 0; i < DEPTH; i++) queue.enqueue(i);
      round.start();
      for (let i = DEPTH; i < end; i++) {
        queue.enqueue(i);
        if (queue.tryDequeue() !== i - DEPTH) wrong++;
      }
      expectDepth(round, wrong, () => queue.tryDequeue());
    }),
    peer("denque", "denque", ({ default: Denque }: DenqueModule) => (round) => {
      const queue = new Denque();
      const end = round.count + DEPTH;
      let wrong = 0;
      for (let i = 0; i < DEPTH; i++) queue.push(i);
      round.start();
      for (let i = DEPTH; i < end; i++) {
        queue.push(i);
        if (queue.shift() !== i - DEPTH) wrong++;
      }
      expectDepth(round, wrong, () => queue.shift());
    }),
    peer("yocto-queue", "yocto-queue", ({ default: Queue }: YoctoQueueModule) => (round) => {
      const queue = new Queue();
      const end = round.count + DEPTH;
      let wrong = 0;
      for (let i = 0; i < DEPTH; i++) queue.enqueue(i);
      round.start();
      for (let i = DEPTH; i < end; i++) {
        queue.enqueue(i);
        if (queue.dequeue() !== i - DEPTH) wrong++;
      }
      expectDepth(round, wrong, () => queue.dequeue());
    }),
    builtIn(
      "Array push, shift",
      (round) => {
        const queue: number[] = [];
        const end = round.count + DEPTH;
        let wrong = 0;
        for (let i = 0; i < DEPTH; i++) queue.push(i);
        round.start();
        for (let i = DEPTH; i < end; i++) {
          queue.push(i);
          if (queue.shift() !== i - DEPTH) wrong++;
        }
        expectDepth(round, wrong, () => queue.shift());
      },
      0.1,
    ),
  ],
};

const burst: Case = {
  name: "1M in, then 1M out",
  count: 1_000_000,
  checkCount: 10_000,
  goal: { ns: 9, floorNs: 6 },
  contenders: [
    floor((round) => {
      const queue = new SegmentQueue();
      let wrong = 0;
      round.start();
      for (let i = 0; i < round.count; i++) queue.push(i);
      round.stop();
      round.weigh("waiting", round.count);
      round.start();
      for (let i = 0; i < round.count; i++) if (queue.shift() !== i) wrong++;
      expectEmpty(round, wrong, () => queue.shift());
    }),
    ours("Deque", (round) => {
      const queue = new Deque<number>();
      let wrong = 0;
      round.start();
      for (let i = 0; i < round.count; i++) queue.pushBack(i);
      round.stop();
      round.weigh("waiting", round.count);
      round.start();
      for (let i = 0; i < round.count; i++) if (queue.popFront() !== i) wrong++;
      expectEmpty(round, wrong, () => queue.popFront());
    }),
    ours("SyncQueue", (round) => {
      const queue = new SyncQueue<number>();
      let wrong = 0;
      round.start();
      for (let i = 0; i < round.count; i++) queue.enqueue(i);
      round.stop();
      round.weigh("waiting", round.count);
      round.start();
      for (let i = 0; i < round.count; i++) if (queue.tryDequeue() !== i) wrong++;
      expectEmpty(round, wrong, () => queue.tryDequeue());
    }),
    peer("denque", "denque", ({ default: Denque }: DenqueModule) => (round) => {
      const queue = new Denque();
      let wrong = 0;
      round.start();
      for (let i = 0; i < round.count; i++) queue.push(i);
      round.stop();
      round.weigh("waiting", round.count);
      round.start();
      for (let i = 0; i < round.count; i++) if (queue.shift() !== i) wrong++;
      expectEmpty(round, wrong, () => queue.shift());
    }),
    peer("yocto-queue", "yocto-queue", ({ default: Queue }: YoctoQueueModule) => (round) => {
      const queue = new Queue();
      let wrong = 0;
      round.start();
      for (let i = 0; i < round.count; i++) queue.enqueue(i);
      round.stop();
      round.weigh("waiting", round.count);
      round.start();
      for (let i = 0; i < round.count; i++) if (queue.dequeue() !== i) wrong++;
      expectEmpty(round, wrong, () => queue.dequeue());
    }),
    // The more there are, the longer each shift takes: a million would take minutes.
    builtIn(
      "Array push, shift, with 20,000",
      (round) => {
        const queue: number[] = [];
        let wrong = 0;
        round.start();
        for (let i = 0; i < round.count; i++) queue.push(i);
        round.stop();
        round.weigh("waiting", round.count);
        round.start();
        for (let i = 0; i < round.count; i++) if (queue.shift() !== i) wrong++;
        expectEmpty(round, wrong, () => queue.shift());
      },
      0.02,
    ),
  ],
};

export const cases: readonly Case[] = [steady, burst];
