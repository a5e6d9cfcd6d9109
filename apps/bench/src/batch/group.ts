import { BatchProcessor } from "@disp/batch-processor";
import { batchPeers, type Shape } from "./peers.ts";
import { Blank, increment, Ledger, Table } from "./table.ts";
import { type Case, floor, ours, type Play, type Round } from "../case.ts";
import { Coalescer, type Counter } from "../floors/coalescer.ts";

// Operations go to one key after the other, and then round again. Those of one window and key share a batch. The check has
// fewer operations than some cases have keys: then it has fewer keys, too.

function byHand({ keys: all, window }: Shape): Play {
  return async (round) => {
    const keys = all.slice(0, round.count);
    const store = storeFor(round, window);
    const ledger = new Ledger(round, keys);
    const coalescer = new Coalescer(store.load, store.save);
    const { isThorough } = round;
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = Math.min(round.count, i + window);
      for (; i < end; i++) {
        const promise = coalescer.run(keys[i % keys.length] as string, increment);
        if (isThorough) ledger.watch(i, promise);
        void promise.then(ledger.hear);
      }
      await ledger.reached(end);
    }
    round.stop();
    ledger.finish(store, batchesIn(round, keys, window));
  };
}

function batchProcessor({ keys: all, window }: Shape): Play {
  return async (round) => {
    const keys = all.slice(0, round.count);
    const store = storeFor(round, window);
    const ledger = new Ledger(round, keys);
    const processor = new BatchProcessor<Counter>({ load: store.load, save: store.save, minDurationMs: 0 });
    const { isThorough } = round;
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = Math.min(round.count, i + window);
      for (; i < end; i++) {
        const promise = processor.run(keys[i % keys.length] as string, increment);
        if (isThorough) ledger.watch(i, promise);
        void promise.then(ledger.hear);
      }
      await ledger.reached(end);
    }
    round.stop();
    await processor.stop();
    ledger.finish(store, batchesIn(round, keys, window));
  };
}

/** Each window makes a batch of each key. */
function batchesIn({ count }: Round, keys: readonly string[], window: number): number {
  return Math.max(1, count / window) * keys.length;
}

/** Where there is more than one window, what one has saved is loaded by the next. */
function storeFor(round: Round, window: number): Table | Blank {
  return window < round.count ? new Table() : new Blank(round);
}

function keysOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `user:${index}`);
}

// One goal was set, for one hot key: 250 ns where the floor takes 65. All others are that ratio: where each key has one
// operation, to the 191 ns that the floor took there; and else to the 65, so that with very many keys the ratio decides.

function inWindows(name: string, keyCount: number, goal: Case["goal"]): Case {
  const shape = { keys: keysOf(keyCount), count: 200_000, window: 1_000 };
  return caseOf(name, shape, 200_000, goal);
}

/** Operations in the cases below, but for the one that has more keys. */
const OPERATIONS = 32_768;

/** As the benchmark of elgopher/batch has it: all operations are called for in one go, and spread evenly over the keys. */
function atOnce(keyCount: number, goal: Case["goal"]): Case {
  const name = `at once on ${keyCount.toLocaleString("en")} ${keyCount === 1 ? "key" : "keys"}`;
  const shape = { keys: keysOf(keyCount), count: Math.max(OPERATIONS, keyCount), window: Infinity };
  return caseOf(name, shape, OPERATIONS, goal);
}

/** @param peerOperations - What the operations of peers are a part of. */
function caseOf(name: string, shape: Shape, peerOperations: number, goal: Case["goal"]): Case {
  return {
    name,
    count: shape.count,
    checkCount: shape.window === Infinity ? 8_192 : 10_000,
    goal,
    contenders: [
      floor(byHand(shape)),
      ours("BatchProcessor", batchProcessor(shape)),
      ...batchPeers(shape, peerOperations),
    ],
  };
}

export const cases: readonly Case[] = [
  inWindows("run on one key, in windows of 1,000", 1, { ns: 250, floorNs: 65 }),
  inWindows("on 1,000 keys, an operation each: all batches are small", 1_000, { ns: 735, floorNs: 191 }),
  atOnce(1, { ns: 250, floorNs: 65 }),
  atOnce(8, { ns: 250, floorNs: 65 }),
  atOnce(64, { ns: 250, floorNs: 65 }),
  atOnce(512, { ns: 250, floorNs: 65 }),
  atOnce(4_096, { ns: 250, floorNs: 65 }),
  atOnce(32_768, { ns: 735, floorNs: 191 }),
  atOnce(262_144, { ns: 735, floorNs: 191 }),
];
