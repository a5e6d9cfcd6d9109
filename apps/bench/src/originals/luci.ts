import { Dispatcher } from "@disp/core";
import { type Case, type Contender, floor, ours, type Round } from "../case.ts";
import { Batcher } from "../floors/batcher.ts";
import { original } from "../go-program.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

const BATCH = 100;
const CONCURRENCY = 4;
const ROOM = 1_000;
const LUCI = "LUCI dispatcher.Channel";

// Its batches leave in any order, and so they are looked at one by one; ours leave in order.
const luci: Contender = original(LUCI, { job: "luci" }, 0.05);

function makeFloor(round: Round, tally: Tally): Batcher {
  const { isThorough } = round;
  return new Batcher({
    send: (items) => {
      tally.takeBatch(items, isThorough);
      return Promise.resolve();
    },
    maxItems: BATCH,
    maxConcurrency: CONCURRENCY,
    room: ROOM,
  });
}

function makeOurs(round: Round, tally: Tally): Dispatcher<number> {
  const { isThorough } = round;
  return new Dispatcher<number>({
    send: ({ items }) => {
      tally.takeBatch(items, isThorough);
      return Promise.resolve();
    },
    batch: { maxItems: BATCH },
    maxConcurrency: CONCURRENCY,
  });
}

const tryPush: Case = {
  name: "LUCI's job: one producer, batches of 100, concurrency 4",
  count: 500_000,
  checkCount: 5_050,
  goal: { ns: 20, floorNs: 8, ahead: { of: LUCI, times: 5 } },
  hasThreads: true,
  contenders: [
    floor(async (round) => {
      const tally = new Tally();
      const batcher = makeFloor(round, tally);
      round.start();
      for (let i = 0; i < round.count; i++) while (!batcher.tryPush(i)) await batcher.changed();
      await batcher.flush();
      round.stop();
      tally.finish(round.count);
    }),
    ours("Dispatcher, tryPush", async (round) => {
      const tally = new Tally();
      const dispatcher = makeOurs(round, tally);
      round.start();
      for (let i = 0; i < round.count; i++) while (!dispatcher.tryPush(i)) await dispatcher.ready();
      const { delivered } = await dispatcher.drain();
      round.stop();
      tally.finish(round.count);
      expectSame("delivered", delivered, round.count);
    }),
    luci,
  ],
};

const push: Case = {
  name: "LUCI's job, with an await for every item",
  count: 200_000,
  checkCount: 5_050,
  goal: { ns: 85, floorNs: 68, ahead: { of: LUCI, times: 5 } },
  hasThreads: true,
  contenders: [
    floor(async (round) => {
      const tally = new Tally();
      const batcher = makeFloor(round, tally);
      round.start();
      for (let i = 0; i < round.count; i++) await batcher.push(i);
      await batcher.flush();
      round.stop();
      tally.finish(round.count);
    }),
    ours("Dispatcher, push", async (round) => {
      const tally = new Tally();
      const dispatcher = makeOurs(round, tally);
      round.start();
      for (let i = 0; i < round.count; i++) await dispatcher.push(i);
      const { delivered } = await dispatcher.drain();
      round.stop();
      tally.finish(round.count);
      expectSame("delivered", delivered, round.count);
    }),
    luci,
  ],
};

export const luciCases: readonly Case[] = [tryPush, push];
