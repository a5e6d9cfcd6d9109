import { BatchProcessor } from "@disp/batch-processor";
import { type Case, floor, ours, type Play } from "../case.ts";
import { Coalescer, type Counter } from "../floors/coalescer.ts";
import { Milestone } from "../milestone.ts";
import { original } from "../go-program.ts";
import { expectSame } from "../wrong-result.ts";

const BEST = "elgopher/batch, goroutines that stay";

/** Where resources are kept between a save and the next load. */
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

  /** @throws WrongResultError unless each key was counted up to the same number, and saved as often as loaded. */
  finish(keys: readonly string[], each: number): void {
    expectSame("saves", this.saves, this.loads);
    for (const key of keys) expectSame(`what was saved of ${key}`, this.#counts.get(key), each);
  }
}

/** Each operation tells how many of its key were before it. */
function increment(counter: Counter): number {
  return counter.count++;
}

/** The sum of what operations result in, which come in any order: it tells whether one is wrong, or came twice. */
class Results {
  readonly settled = new Milestone();
  sum = 0;

  readonly hear = (result: number): void => {
    this.sum += result;
    this.settled.pass();
  };

  /** @throws WrongResultError */
  finish(count: number, each: number): void {
    expectSame("promises resolved", this.settled.passed, count);
    expectSame("sum of the results", this.sum, (count * (each - 1)) / 2);
  }
}

interface Shape {
  readonly keys: number;
  /** Operations that are under way at a time. */
  readonly inFlight: number;
}

function byHand({ keys: keyCount, inFlight }: Shape): Play {
  const keys = keysOf(keyCount);
  return async (round) => {
    const table = new Table();
    const results = new Results();
    const coalescer = new Coalescer(table.load, table.save);
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = Math.min(round.count, i + inFlight);
      for (; i < end; i++) void coalescer.run(keys[i % keyCount] as string, increment).then(results.hear);
      await results.settled.reached(end);
    }
    round.stop();
    results.finish(round.count, round.count / keyCount);
    table.finish(keys, round.count / keyCount);
  };
}

function batchProcessor({ keys: keyCount, inFlight }: Shape): Play {
  const keys = keysOf(keyCount);
  return async (round) => {
    const table = new Table();
    const results = new Results();
    const processor = new BatchProcessor<Counter>({ load: table.load, save: table.save, minDurationMs: 0 });
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = Math.min(round.count, i + inFlight);
      for (; i < end; i++) void processor.run(keys[i % keyCount] as string, increment).then(results.hear);
      await results.settled.reached(end);
    }
    round.stop();
    await processor.stop();
    results.finish(round.count, round.count / keyCount);
    table.finish(keys, round.count / keyCount);
  };
}

function keysOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `user:${index}`);
}

// elgopher waits for company at least as long as it is told to, so that is set to what was fastest, as is how many
// operations are in flight. Its own benchmark begins a goroutine for each; those that make one call after the other
// cost it less.

function caseOf(shape: Shape, minDurationUs: number, share: number, goal: Case["goal"]): Case {
  const { keys, inFlight } = shape;
  const job = { job: "elgopher", keys, inFlight, minDurationUs } as const;
  return {
    name: `elgopher's job: ${keys === 1 ? "one key" : `${keys} keys`}, ${inFlight} in flight`,
    count: 2 ** 18,
    checkCount: inFlight / share,
    goal: { ...goal, ahead: { of: BEST, times: 5 } },
    hasThreads: true,
    contenders: [
      floor(byHand(shape)),
      ours("BatchProcessor", batchProcessor(shape)),
      original(BEST, { ...job, keepsGoroutines: true }, share),
      original("elgopher/batch, a goroutine for each operation", job, share),
    ],
  };
}

export const elgopherCases: readonly Case[] = [
  caseOf({ keys: 1, inFlight: 256 }, 100, 2 ** -4, { ns: 250, floorNs: 65 }),
  caseOf({ keys: 1, inFlight: 1_024 }, 300, 2 ** -4, { ns: 250, floorNs: 65 }),
  caseOf({ keys: 64, inFlight: 1_024 }, 600, 2 ** -4, { ns: 300, floorNs: 78 }),
  caseOf({ keys: 512, inFlight: 1_024 }, 1_000, 2 ** -5, { ns: 550, floorNs: 143 }),
];
