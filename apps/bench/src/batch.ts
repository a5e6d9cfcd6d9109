import { BatchProcessor } from "@disp/batch-processor";
import { type Case, floor, ours, type Play, type Round } from "./case.ts";
import { Coalescer, type Counter } from "./floors/coalescer.ts";
import { Milestone } from "./milestone.ts";
import { expectSame, WrongResultError } from "./wrong-result.ts";

/** Where resources are kept between a save and the next load. It counts both. */
class Table {
  loads = 0;
  saves = 0;
  readonly #counts = new Map<string, number>();

  readonly load = (key: string): Counter => {
    this.loads++;
    return { count: this.#counts.get(key) ?? 0 };
  };

  readonly save = (key: string, { count }: Counter): void => {
    this.saves++;
    this.#counts.set(key, count);
  };

  countOf(key: string): number | undefined {
    return this.#counts.get(key);
  }
}

/** Each operation tells how many of its key were before it. */
function increment(counter: Counter): number {
  return counter.count++;
}

/** What came of the operations of a round, and what should have come of them. */
class Ledger {
  readonly #round: Round;
  readonly #keys: readonly string[];
  readonly #settled = new Milestone();
  #sum = 0;
  #fault: string | undefined;

  constructor(round: Round, keys: readonly string[]) {
    this.#round = round;
    this.#keys = keys;
  }

  /** Results of different keys come in any order; their sum tells whether one is wrong, or came twice. */
  readonly hear = (result: number): void => {
    this.#sum += result;
    this.#settled.pass();
  };

  /** Resolves when so many operations are over. */
  reached(operations: number): Promise<void> {
    return this.#settled.reached(operations);
  }

  /** Looks at a single result: the operations of a key have to run in the order of the calls. */
  watch(index: number, promise: Promise<number>): void {
    const wanted = Math.floor(index / this.#keys.length);
    void promise.then((result) => {
      if (result !== wanted) this.#fault ??= `operation ${index} must result in ${wanted}, got ${result}`;
    });
  }

  /** @throws WrongResultError */
  finish(table: Table, batches: number): void {
    if (this.#fault !== undefined) throw new WrongResultError(this.#fault);
    const { count } = this.#round;
    const each = count / this.#keys.length;
    expectSame("promises resolved", this.#settled.passed, count);
    expectSame("sum of the results", this.#sum, (count * (each - 1)) / 2);
    expectSame("loads", table.loads, batches);
    expectSame("saves", table.saves, batches);
    for (const key of this.#keys) expectSame(`what was saved of ${key}`, table.countOf(key), each);
  }
}

interface Shape {
  readonly keys: number;
  /** Operations that are called for in one go. */
  readonly window: number;
}

// Operations go to one key after the other, and then round again. Those of one window and key share a batch.

function byHand({ keys: keyCount, window }: Shape): Play {
  const keys = keysOf(keyCount);
  return async (round) => {
    const table = new Table();
    const ledger = new Ledger(round, keys);
    const coalescer = new Coalescer(table.load, table.save);
    const { isThorough } = round;
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = Math.min(round.count, i + window);
      for (; i < end; i++) {
        const promise = coalescer.run(keys[i % keyCount] as string, increment);
        if (isThorough) ledger.watch(i, promise);
        void promise.then(ledger.hear);
      }
      await ledger.reached(end);
    }
    round.stop();
    ledger.finish(table, (round.count / window) * keyCount);
  };
}

function batchProcessor({ keys: keyCount, window }: Shape): Play {
  const keys = keysOf(keyCount);
  return async (round) => {
    const table = new Table();
    const ledger = new Ledger(round, keys);
    const processor = new BatchProcessor<Counter>({ load: table.load, save: table.save, minDurationMs: 0 });
    const { isThorough } = round;
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = Math.min(round.count, i + window);
      for (; i < end; i++) {
        const promise = processor.run(keys[i % keyCount] as string, increment);
        if (isThorough) ledger.watch(i, promise);
        void promise.then(ledger.hear);
      }
      await ledger.reached(end);
    }
    round.stop();
    await processor.stop();
    ledger.finish(table, (round.count / window) * keyCount);
  };
}

function keysOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `user:${index}`);
}

function caseOf(name: string, shape: Shape, goal: Case["goal"]): Case {
  return {
    name,
    count: 200_000,
    checkCount: 10_000,
    goal,
    contenders: [floor(byHand(shape)), ours("BatchProcessor", batchProcessor(shape))],
  };
}

// Only the first goal was set; the others are the same ratio, to floors measured where it was set.
export const cases: readonly Case[] = [
  caseOf("run on one key, in windows of 1,000", { keys: 1, window: 1_000 }, { ns: 250, floorNs: 65 }),
  caseOf("on 1,000 keys, 10 operations each", { keys: 1_000, window: 10_000 }, { ns: 550, floorNs: 143 }),
  caseOf(
    "on 1,000 keys, an operation each: all batches are small",
    { keys: 1_000, window: 1_000 },
    { ns: 735, floorNs: 191 },
  ),
];
