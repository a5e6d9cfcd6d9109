import { Dispatcher, unbounded } from "@disp/core";
import { backlogPeers, nextEnd, weighWaiting } from "./peers.ts";
import { type Case, floor, ours, type Play } from "../case.ts";
import { BATCH, CONCURRENCY } from "../dispatcher/shape.ts";
import { Batcher } from "../floors/batcher.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

const ITEMS = 1_000_000;

/** The first is what the others should be like. */
const BACKLOGS = [1_000, 100_000, ITEMS] as const;

function caseName(waiting: number): string {
  return `${waiting.toLocaleString("en")} items waiting, then sent`;
}

function backlog(waiting: number): Case {
  return {
    name: caseName(waiting),
    count: ITEMS,
    checkCount: 10_000,
    goal: { ns: 20, floorNs: 8, like: caseName(BACKLOGS[0]) },
    contenders: [floor(byHand(waiting)), ours("Dispatcher", dispatcher(waiting)), ...backlogPeers(waiting, ITEMS)],
  };
}

// What is pushed in one go waits: sending begins when the code that pushes has returned.

function byHand(waiting: number): Play {
  return async (round) => {
    const tally = new Tally();
    const batcher = new Batcher({
      send: (items) => {
        tally.takeBatch(items, round.isThorough);
        return Promise.resolve();
      },
      maxItems: BATCH,
      maxConcurrency: CONCURRENCY,
      room: Infinity,
    });
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = nextEnd(i, waiting, round);
      while (i < end) batcher.tryPush(i++);
      if (end === round.count) weighWaiting(round, waiting);
      await batcher.flush();
    }
    round.stop();
    round.weigh("emptied");
    tally.finish(round.count);
    // Used once more, so that it was not collected before it was weighed.
    await batcher.flush();
  };
}

function dispatcher(waiting: number): Play {
  return async (round) => {
    const tally = new Tally();
    const dispatcher = new Dispatcher<number>({
      send: ({ items }) => {
        tally.takeBatch(items, round.isThorough);
        return Promise.resolve();
      },
      batch: { maxItems: BATCH },
      maxConcurrency: CONCURRENCY,
      overflow: unbounded(),
    });
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = nextEnd(i, waiting, round);
      while (i < end) dispatcher.tryPush(i++);
      if (end === round.count) weighWaiting(round, waiting);
      await dispatcher.flush();
    }
    round.stop();
    round.weigh("emptied");
    tally.finish(round.count);
    expectSame("delivered", (await dispatcher.drain()).delivered, round.count);
  };
}

export const cases: readonly Case[] = BACKLOGS.map(backlog);
