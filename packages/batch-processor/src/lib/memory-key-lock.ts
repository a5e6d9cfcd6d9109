import { callHook } from "@disp/hooks";
import { show, signalOf } from "@disp/options";
import { WaitQueue, type WaitOptions } from "@disp/sync-queue";
import type { KeyLease, KeyLock } from "./key-lock.ts";

/** A key that somebody has, and those who wait for it. */
interface Place {
  holder: MemoryKeyLease;
  readonly line: WaitQueue<KeyLease>;
}

/**
 * A {@link KeyLock} for one process: for processors that work on the same keys, and for tests of what happens when a lock
 * is lost. Nothing but `release` and {@link MemoryKeyLock.revoke} ends its leases.
 *
 * **Ordering**: who waits for a key gets it in the order of the calls.
 *
 * **Cancellation**: a wait that is aborted rejects with `signal.reason`, and costs the others nothing.
 *
 * @example
 * ```ts
 * import { BatchProcessor, MemoryKeyLock } from "@disp/batch-processor";
 *
 * const lock = new MemoryKeyLock();
 * let atWork = 0;
 * const most: number[] = [];
 * const load = async () => void most.push(++atWork);
 * const save = async () => void atWork--;
 * const processors = [1, 2, 3].map(() => new BatchProcessor({ load, save, lock, minDurationMs: 0 }));
 *
 * await Promise.all(processors.map((processor) => processor.run("a", () => {})));
 * most; // => [1, 1, 1]
 * ```
 */
export class MemoryKeyLock implements KeyLock {
  readonly #places = new Map<string, Place>();
  #lastToken = 0;

  /**
   * Waits until the key is free, and takes it.
   *
   * @returns The lease. Rejects with `signal.reason`.
   * @throws TypeError, as a rejection, when an argument is of the wrong kind.
   */
  async acquire(key: string, options: WaitOptions = {}): Promise<KeyLease> {
    if (typeof key !== "string") throw new TypeError(`Cannot acquire: key must be a string, got ${show(key)}`);
    const signal = signalOf("acquire", options);
    const place = this.#places.get(key);
    if (place !== undefined) return place.line.wait(undefined, { signal });
    signal?.throwIfAborted();
    const holder = this.#lease(key);
    this.#places.set(key, { holder, line: new WaitQueue() });
    return holder;
  }

  /**
   * Takes a key from whoever has it, as if the lease had run out: the next in line gets it.
   *
   * @returns Whether somebody had it.
   */
  revoke(key: string): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    const { holder } = place;
    // Whoever hears of the loss may do anything with the key: it has to have its next holder by then.
    this.#handOver(key, place);
    holder.lose();
    return true;
  }

  /** Tokens go on where those of an earlier process ended, so that what was saved with them stays comparable. */
  #lease(key: string): MemoryKeyLease {
    this.#lastToken = Math.max(this.#lastToken + 1, Date.now() * 1_000);
    return new MemoryKeyLease(this.#lastToken, (lease) => this.#release(key, lease));
  }

  #release(key: string, lease: MemoryKeyLease): void {
    const place = this.#places.get(key);
    if (place?.holder === lease) this.#handOver(key, place);
  }

  #handOver(key: string, place: Place): void {
    const next = place.line.front;
    if (next === undefined) {
      this.#places.delete(key);
      return;
    }
    place.holder = this.#lease(key);
    next.resolve(place.holder);
  }
}

class MemoryKeyLease implements KeyLease {
  readonly token: number;
  #isHeld = true;
  #listeners: (() => void)[] = [];
  readonly #onRelease: (lease: MemoryKeyLease) => void;

  constructor(token: number, onRelease: (lease: MemoryKeyLease) => void) {
    this.token = token;
    this.#onRelease = onRelease;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  onLost(listener: () => void): void {
    this.#listeners.push(listener);
  }

  lose(): void {
    this.#isHeld = false;
    for (const listener of this.#listeners.splice(0)) callHook(listener, undefined);
  }

  release(): Promise<void> {
    this.#isHeld = false;
    this.#listeners = [];
    this.#onRelease(this);
    return Promise.resolve();
  }
}
