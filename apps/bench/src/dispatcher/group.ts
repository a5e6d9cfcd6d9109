import { type Case, floor, ours } from "../case.ts";
import { deliverPeers, pushPeers, tryPushPeers } from "./peers.ts";
import { retries } from "./retries.ts";
import { drain, makeFloor, makeOurs, windowEnd } from "./shape.ts";
import { sizes } from "./sizes.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

const tryPush: Case = {
  name: "tryPush, batches of 100, no-op async send, concurrency 4",
  count: 500_000,
  checkCount: 5_050,
  goal: { ns: 20, floorNs: 8, bytes: 45 },
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
    ours("Dispatcher", async (round) => {
      const tally = new Tally();
      const dispatcher = makeOurs(round, tally);
      round.start();
      for (let i = 0; i < round.count; i++) while (!dispatcher.tryPush(i)) await dispatcher.ready();
      const delivered = await drain(dispatcher);
      round.stop();
      tally.finish(round.count);
      expectSame("delivered", delivered, round.count);
    }),
    ...tryPushPeers,
  ],
};

const push: Case = {
  name: "the same with await push() for every item",
  count: 200_000,
  checkCount: 5_050,
  goal: { ns: 85, floorNs: 68 },
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
    ours("Dispatcher", async (round) => {
      const tally = new Tally();
      const dispatcher = makeOurs(round, tally);
      round.start();
      for (let i = 0; i < round.count; i++) await dispatcher.push(i);
      const delivered = await drain(dispatcher);
      round.stop();
      tally.finish(round.count);
      expectSame("delivered", delivered, round.count);
    }),
    ...pushPeers,
  ],
};

const deliver: Case = {
  name: "the same with deliver() in windows of 1,000: a promise per item",
  count: 200_000,
  checkCount: 5_000,
  goal: { ns: 120, floorNs: 63 },
  contenders: [
    floor(async (round) => {
      const tally = new Tally();
      const batcher = makeFloor(round, tally);
      let settled = 0;
      const onDelivered = () => {
        settled++;
      };
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = windowEnd(i, round);
        let last: Promise<void> | undefined;
        while (i < end) last = batcher.deliver(i++).then(onDelivered);
        await last;
      }
      round.stop();
      tally.finish(round.count);
      expectSame("promises resolved", settled, round.count);
    }),
    ours("Dispatcher", async (round) => {
      const tally = new Tally();
      const dispatcher = makeOurs(round, tally);
      let settled = 0;
      const onDelivered = () => {
        settled++;
      };
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = windowEnd(i, round);
        let last: Promise<void> | undefined;
        while (i < end) last = dispatcher.deliver(i++).then(onDelivered);
        await last;
      }
      round.stop();
      tally.finish(round.count);
      expectSame("promises resolved", settled, round.count);
      expectSame("delivered", await drain(dispatcher), round.count);
    }),
    ...deliverPeers,
  ],
};

export const cases: readonly Case[] = [tryPush, push, deliver, sizes, retries];
