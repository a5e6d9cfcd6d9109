import { type AbortListener, addAbortListener, removeAbortListener } from "@disp/abort";
import { checkFunction, checkOptions, type OptionNames, signalOf } from "@disp/options";

/** Options of one call to {@link WaitQueue.wait}, and of everything else in this family that waits. */
export interface WaitOptions {
  /** Gives up the wait: the promise rejects with `signal.reason` and the place in the line is gone. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a {@link WaitQueue}. */
export interface WaitQueueOptions<D> {
  /**
   * Called after a waiter has left by its signal, with that waiter's data. The next in line may fit now.
   *
   * @defaultValue nothing is called
   */
  readonly onAbort?: ((data: D) => void) | undefined;
}

const NAMES: OptionNames<WaitQueueOptions<never>> = { onAbort: true };

/**
 * Somebody in the line of a {@link WaitQueue}. Settling a waiter takes it out of the line; a second settlement does
 * nothing.
 */
export interface Waiter<T, D> {
  /** What the waiter brought along: how much it asks for, say, or the item it wants to hand over. */
  readonly data: D;
  /** Whether it is still in line. */
  readonly isWaiting: boolean;
  /** Leaves the line and resolves the waiter's promise. */
  resolve(value: T): void;
  /** Leaves the line and rejects the waiter's promise. */
  reject(reason: unknown): void;
}

/**
 * A line of callers, each with a promise: the part of a channel, a semaphore or a rate limiter where somebody waits. It
 * holds no items and makes no decisions; whoever owns it looks at the `front` and serves it. Take a {@link SyncQueue}
 * if items are what the callers wait for.
 *
 * **Ordering**:
 * First come, first in line. The owner may serve out of turn, by settling another waiter than the front.
 *
 * **Cancellation**:
 * A signal that is aborted already rejects before anything joins the line. Later, its waiter leaves in O(1) and rejects
 * with `signal.reason`. The listener is removed when the waiter settles.
 *
 * @typeParam T - What a waiter receives.
 * @typeParam D - What a waiter brings along.
 *
 * @example
 * ```ts
 * import { WaitQueue } from "@disp/sync-queue";
 *
 * // A semaphore in four lines.
 * let free = 1;
 * const line = new WaitQueue();
 * const acquire = () => (free > 0 ? Promise.resolve(void free--) : line.wait());
 * const release = () => (line.front === undefined ? void free++ : line.front.resolve());
 *
 * await acquire();
 * const second = acquire();
 * line.size; // => 1
 * release();
 * await second;
 * line.size; // => 0
 * ```
 */
export class WaitQueue<T = void, D = undefined> {
  readonly #line: Line<T, D>;

  /**
   * Makes an empty line.
   *
   * @throws TypeError when `onAbort` is no function or an option has no such name.
   */
  constructor(options: WaitQueueOptions<D> = {}) {
    checkOptions("create a WaitQueue", "options", options, NAMES);
    const { onAbort } = options;
    if (onAbort !== undefined) checkFunction("create a WaitQueue", "onAbort", onAbort);
    this.#line = new Line(onAbort);
  }

  /** How many wait. */
  get size(): number {
    return this.#line.size;
  }

  /** Who has waited longest, or undefined when nobody waits. */
  get front(): Waiter<T, D> | undefined {
    return this.#line.first;
  }

  /** Who came last, or undefined when nobody waits. Right after a call to `wait` that is its waiter. */
  get back(): Waiter<T, D> | undefined {
    return this.#line.last;
  }

  /**
   * Joins the end of the line with nothing but itself.
   *
   * @returns A promise that settles when the owner serves this waiter, or rejects with `signal.reason`.
   * @throws TypeError, from the call itself, when `signal` is no AbortSignal or an option has no such name.
   */
  wait(this: WaitQueue<T>, data?: undefined, options?: WaitOptions): Promise<T>;
  /**
   * Joins the end of the line with what the owner needs to know about this waiter.
   *
   * @returns A promise that settles when the owner serves this waiter, or rejects with `signal.reason`.
   * @throws TypeError, from the call itself, when `signal` is no AbortSignal or an option has no such name.
   */
  wait(data: D, options?: WaitOptions): Promise<T>;
  wait(data?: D, options?: WaitOptions): Promise<T> {
    const signal = options === undefined ? undefined : signalOf("wait", options);
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      // The overloads let data be left out only where D is undefined.
      new Place(this.#line, data as D, resolve, reject, signal).join();
    });
  }

  /** Resolves all who wait at this moment, in their order. Who joins meanwhile waits on. */
  resolveAll(value: T): void {
    const end = this.#line.nextTicket;
    for (let place = this.#line.first; place !== undefined && place.ticket < end; place = this.#line.first) {
      place.resolve(value);
    }
  }

  /** Rejects all who wait at this moment, in their order. Who joins meanwhile waits on. */
  rejectAll(reason: unknown): void {
    const end = this.#line.nextTicket;
    for (let place = this.#line.first; place !== undefined && place.ticket < end; place = this.#line.first) {
      place.reject(reason);
    }
  }
}

/** The list itself, apart from the public class so that places can take themselves out of it. */
class Line<T, D> {
  first: Place<T, D> | undefined = undefined;
  last: Place<T, D> | undefined = undefined;
  size = 0;
  nextTicket = 0;
  readonly onAbort: ((data: D) => void) | undefined;

  constructor(onAbort: ((data: D) => void) | undefined) {
    this.onAbort = onAbort;
  }
}

/** A waiter is its own list node and its own abort listener, so that one object is all it costs. */
class Place<T, D> implements Waiter<T, D>, AbortListener {
  readonly data: D;
  readonly ticket: number;
  #next: Place<T, D> | undefined = undefined;
  #previous: Place<T, D> | undefined = undefined;
  #isInLine = false;
  readonly #line: Line<T, D>;
  readonly #fulfil: (value: T) => void;
  readonly #refuse: (reason: unknown) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(
    line: Line<T, D>,
    data: D,
    fulfil: (value: T) => void,
    refuse: (reason: unknown) => void,
    signal: AbortSignal | undefined,
  ) {
    this.data = data;
    this.ticket = line.nextTicket++;
    this.#line = line;
    this.#fulfil = fulfil;
    this.#refuse = refuse;
    this.#signal = signal;
  }

  get isWaiting(): boolean {
    return this.#isInLine;
  }

  join(): void {
    const line = this.#line;
    const last = line.last;
    if (last === undefined) line.first = this;
    else last.#next = this;
    this.#previous = last;
    line.last = this;
    line.size++;
    this.#isInLine = true;
    if (this.#signal !== undefined) addAbortListener(this.#signal, this);
  }

  resolve(value: T): void {
    if (this.#leave()) this.#fulfil(value);
  }

  reject(reason: unknown): void {
    if (this.#leave()) this.#refuse(reason);
  }

  /** Called by the signal. */
  handleAbort(): void {
    if (!this.#leave()) return;
    this.#refuse(this.#signal?.reason);
    this.#line.onAbort?.(this.data);
  }

  /** The one way out of the line. False when it was left before. */
  #leave(): boolean {
    if (!this.#isInLine) return false;
    this.#isInLine = false;
    const line = this.#line;
    const next = this.#next;
    const previous = this.#previous;
    if (previous === undefined) line.first = next;
    else previous.#next = next;
    if (next === undefined) line.last = previous;
    else next.#previous = previous;
    // Who was served keeps no neighbour alive.
    this.#next = undefined;
    this.#previous = undefined;
    line.size--;
    if (this.#signal !== undefined) removeAbortListener(this.#signal, this);
    return true;
  }
}
