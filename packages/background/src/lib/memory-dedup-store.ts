import { checkNumber, show } from "@disp/options";
import type { DedupStore, Hold } from "./dedup-store.ts";
import { HoldBook, type Place } from "./hold-book.ts";

const TAKEN: Promise<undefined> = Promise.resolve(undefined);
const DONE: Promise<void> = Promise.resolve();
const YES: Promise<boolean> = Promise.resolve(true);
const NO: Promise<boolean> = Promise.resolve(false);
const MS = { min: 0 };

/**
 * Knows which keys are taken in this process: the store of a {@link BackgroundProcessor} that was given no other. Give
 * one to several processors, and they share their keys. For several machines there is the `RedisDedupStore` of
 * `@disp/background/redis`.
 *
 * It needs no timer and nothing has to be closed. Keys whose hold has ended leave as others are taken: after at most one and a half
 * times as many acquires as keys are kept, all are gone.
 *
 * **Ordering**: of several calls for one key, the first one gets it.
 *
 * @example
 * ```ts
 * import { MemoryDedupStore } from "@disp/background";
 *
 * const store = new MemoryDedupStore();
 * const hold = await store.acquire("report", 60_000);
 * await store.acquire("report", 60_000); // => undefined
 * await hold?.release(0);
 * (await store.acquire("report", 60_000)) !== undefined; // => true
 * ```
 */
export class MemoryDedupStore implements DedupStore {
  readonly #book = new HoldBook();

  /** How many keys are kept, those included whose hold has ended and that were not cleared away yet. */
  get size(): number {
    return this.#book.size;
  }

  /**
   * Takes a key, if it is free.
   *
   * @throws TypeError or RangeError, as a rejection, when `key` is no string or `holdMs` no number of at least 0.
   */
  acquire(key: string, holdMs: number): Promise<Hold | undefined> {
    try {
      if (typeof key !== "string") throw new TypeError(`Cannot acquire: key must be a string, got ${show(key)}`);
      checkNumber("acquire", "holdMs", holdMs, MS);
    } catch (error) {
      return Promise.reject(error);
    }
    const place = this.#book.take(key, holdMs, performance.now());
    return place === undefined ? TAKEN : Promise.resolve(new MemoryHold(this.#book, place));
  }

  /** Frees all keys, and ends all holds taken before. */
  bumpGeneration(): Promise<number> {
    return Promise.resolve(this.#book.bump());
  }
}

class MemoryHold implements Hold {
  readonly #book: HoldBook;
  readonly #place: Place;

  constructor(book: HoldBook, place: Place) {
    this.#book = book;
    this.#place = place;
  }

  renew(ms: number): Promise<boolean> {
    try {
      checkNumber("renew", "ms", ms, MS);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#book.renew(this.#place, ms, performance.now()) ? YES : NO;
  }

  release(remainingMs: number): Promise<void> {
    try {
      checkNumber("release", "remainingMs", remainingMs, MS);
    } catch (error) {
      return Promise.reject(error);
    }
    if (remainingMs === 0) this.#book.free(this.#place);
    else this.#book.release(this.#place, remainingMs, performance.now());
    return DONE;
  }
}
