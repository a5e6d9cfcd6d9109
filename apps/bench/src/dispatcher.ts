import { Dispatcher } from "@disp/core";
import { type Case, floor, ours, peer, type Round } from "./case.ts";
import { Batcher } from "./floors/batcher.ts";
import { Tally } from "./tally.ts";
import { expectSame } from "./wrong-result.ts";

interface AsyncModule {
  readonly cargoQueue: (
    worker: (items: number[], done: () => void) => void,
    concurrency: number,
    payload: number,
  ) => { push(item: number, done: () => void): void; drain(): Promise<void> };
}

interface DataLoaderModule {
  readonly default: new (
    load: (keys: readonly number[]) => Promise<readonly number[]>,
    options: { cache: boolean; maxBatchSize: number },
  ) => { load(key: number): Promise<number> };
}

const BATCH = 100;
const CONCURRENCY = 4;
const ROOM = 1_000;

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

async function drain(dispatcher: Dispatcher<number>): Promise<number> {
  return (await dispatcher.drain()).delivered;
}

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
    peer(
      "async.cargoQueue",
      "async",
      ({ cargoQueue }: AsyncModule) =>
        async (round) => {
          const tally = new Tally();
          let called = 0;
          const onItem = () => {
            called++;
          };
          const queue = cargoQueue(
            (items, done) => {
              tally.takeBatch(items, round.isThorough);
              queueMicrotask(done);
            },
            CONCURRENCY,
            BATCH,
          );
          round.start();
          for (let i = 0; i < round.count; ) {
            const end = Math.min(round.count, i + ROOM);
            while (i < end) queue.push(i++, onItem);
            await queue.drain();
          }
          round.stop();
          tally.finish(round.count);
          expectSame("callbacks", called, round.count);
        },
      0.2,
    ),
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
        const end = Math.min(round.count, i + ROOM);
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
        const end = Math.min(round.count, i + ROOM);
        let last: Promise<void> | undefined;
        while (i < end) last = dispatcher.deliver(i++).then(onDelivered);
        await last;
      }
      round.stop();
      tally.finish(round.count);
      expectSame("promises resolved", settled, round.count);
      expectSame("delivered", await drain(dispatcher), round.count);
    }),
    peer("dataloader, load", "dataloader", ({ default: DataLoader }: DataLoaderModule) => async (round) => {
      const tally = new Tally();
      const loader = new DataLoader(
        (keys) => {
          tally.takeBatch(keys, round.isThorough);
          return Promise.resolve(keys);
        },
        { cache: false, maxBatchSize: BATCH },
      );
      let settled = 0;
      const onDelivered = () => {
        settled++;
      };
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + ROOM);
        let last: Promise<void> | undefined;
        while (i < end) last = loader.load(i++).then(onDelivered);
        await last;
      }
      round.stop();
      tally.finish(round.count);
      expectSame("promises resolved", settled, round.count);
    }),
  ],
};

export const cases: readonly Case[] = [tryPush, push, deliver];
