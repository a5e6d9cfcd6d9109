import type { Round } from "../case.ts";
import type { Counter } from "../floors/coalescer.ts";
import { Milestone } from "../milestone.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

/** Each operation tells how many of its key were before it. */
export function increment(counter: Counter): number {
  return counter.count++;
}

/** Who loads and saves, and knows in the end whether it was right. */
export interface Store {
  readonly load: (key: string) => Counter;
  readonly save: (key: string, counter: Counter) => void;
  /** @throws WrongResultError */
  finish(keys: readonly string[], each: number, batches: number): void;
}

/** Where resources are kept between a save and the next load. It counts both. */
export class Table implements Store {
  #loads = 0;
  #saves = 0;
  readonly #counts = new Map<string, number>();

  readonly load = (key: string): Counter => {
    this.#loads++;
    return { count: this.#counts.get(key) ?? 0 };
  };

  readonly save = (key: string, { count }: Counter): void => {
    this.#saves++;
    this.#counts.set(key, count);
  };

  /** For those who know only loads and saves that are waited for. */
  loadLater(key: string): Promise<Counter> {
    return Promise.resolve(this.load(key));
  }

  saveLater(key: string, counter: Counter): Promise<void> {
    this.save(key, counter);
    return Promise.resolve();
  }

  finish(keys: readonly string[], each: number, batches: number): void {
    expectSame("loads", this.#loads, batches);
    expectSame("saves", this.#saves, batches);
    for (const key of keys) expectSame(`what was saved of ${key}`, this.#counts.get(key), each);
  }
}

/** For a batch per key and no more: it keeps nothing, so that a look into a large table is no part of the job. */
export class Blank implements Store {
  #loads = 0;
  #saves = 0;
  #sum = 0;
  readonly #saved: Set<string> | undefined;

  constructor({ isThorough }: Round) {
    this.#saved = isThorough ? new Set() : undefined;
  }

  readonly load = (): Counter => {
    this.#loads++;
    return { count: 0 };
  };

  readonly save = (key: string, { count }: Counter): void => {
    this.#saves++;
    this.#sum += count;
    this.#saved?.add(key);
  };

  finish(keys: readonly string[], each: number, batches: number): void {
    expectSame("loads", this.#loads, batches);
    expectSame("saves", this.#saves, batches);
    expectSame("what was saved of all", this.#sum, keys.length * each);
    if (this.#saved !== undefined) expectSame("keys that were saved", this.#saved.size, keys.length);
  }
}

/** What came of the operations of a round, and what should have come of them. */
export class Ledger {
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
  finish(store: Store, batches: number): void {
    if (this.#fault !== undefined) throw new WrongResultError(this.#fault);
    const { count } = this.#round;
    const each = count / this.#keys.length;
    expectSame("promises resolved", this.#settled.passed, count);
    expectSame("sum of the results", this.#sum, (count * (each - 1)) / 2);
    store.finish(this.#keys, each, batches);
  }
}
