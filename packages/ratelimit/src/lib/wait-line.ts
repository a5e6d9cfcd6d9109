import { type AbortListener, addAbortListener, removeAbortListener } from "@disp/abort";
import { Alarm } from "@disp/alarm";
import { RateLimitExceededError } from "./errors.ts";
import type { RateLimitWaitOptions } from "./limiter.ts";
import { checkRequest, checkWait } from "./request.ts";
import { changeTogether } from "./retiming.ts";

/** Where a {@link WaitLine} gets its turns: they come in the order in which they were claimed. */
export interface Turns<T> {
  /** Takes a turn that is due at once, if there is one: quicker than a claim. */
  allow?(n: number, now: number): boolean;
  /** Undefined, and nothing taken, when it can never be had. */
  claim(n: number, now: number): T | undefined;
  /** Why that is so, as a rule and what was got, if it can be said. */
  whyNever?(n: number): string | undefined;
  /** The holder will say when it acts. */
  hold(turn: T): void;
  /** Milliseconds until the holder may act. */
  delayMs(turn: T, now: number): number;
  giveBack(turn: T, now: number): void;
  act(turn: T, now: number): void;
}

const ANY_TIME: RateLimitWaitOptions = {};
const DONE: Promise<void> = Promise.resolve();

/**
 * Makes promises of turns, with one timer for all who wait and none while nobody does. Turns come in the order in which
 * they were claimed, so the first in line is always the next.
 */
export class WaitLine<T> {
  readonly #turns: Turns<T>;
  readonly #alarm = new Alarm(() => this.#serve());
  #first: Waiter<T> | undefined;
  #last: Waiter<T> | undefined;
  /** How many cannot wait for any time. */
  #hasty = 0;
  /** Of those who were aborted: given back together. */
  readonly #givenUp: T[] = [];
  #willReview = false;
  #reviewsAll = false;

  constructor(turns: Turns<T>) {
    this.#turns = turns;
  }

  wait(n: number, options?: RateLimitWaitOptions): Promise<void> {
    const now = performance.now();
    try {
      if (options !== undefined) checkWait(options);
      const { signal, maxWaitMs = Infinity } = options ?? ANY_TIME;
      checkRequest("wait", n, now);
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      const isBehind = this.#first !== undefined;
      if (!isBehind && this.#turns.allow?.(n, now) === true) return DONE;
      const turn = this.#turns.claim(n, now);
      if (turn === undefined) return Promise.reject(this.#exceeded(n, Infinity, maxWaitMs));
      // Behind others it is not now, and who waits for any time need not know when: that may take a look at the whole line.
      const waitMs = isBehind && maxWaitMs === Infinity ? 0 : this.#turns.delayMs(turn, now);
      if (waitMs <= 0 && !isBehind) return DONE;
      if (waitMs < Infinity && waitMs <= maxWaitMs) return this.#join(n, turn, now, now + maxWaitMs, signal);
      this.#turns.giveBack(turn, now);
      return Promise.reject(this.#exceeded(n, waitMs, maxWaitMs));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** One review for all that changes in one turn of the event loop: a single call can move everybody in line. */
  reviewSoon(): void {
    if (this.#willReview || (this.#first === undefined && this.#givenUp.length === 0)) return;
    this.#willReview = true;
    queueMicrotask(() => this.#review());
  }

  /** The same when a turn may never come any more. */
  reviewAllSoon(): void {
    this.#reviewsAll = true;
    this.reviewSoon();
  }

  /** Called by a waiter that was aborted. */
  giveUp(waiter: Waiter<T>): void {
    this.#remove(waiter);
    this.#givenUp.push(waiter.turn);
    this.reviewSoon();
    waiter.reject(waiter.signal?.reason);
  }

  #join(n: number, turn: T, now: number, deadline: number, signal: AbortSignal | undefined): Promise<void> {
    this.#turns.hold(turn);
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(this, n, turn, deadline, signal, resolve, reject);
      if (signal !== undefined) addAbortListener(signal, waiter);
      if (deadline < Infinity) this.#hasty += 1;
      waiter.previous = this.#last;
      if (this.#last !== undefined) this.#last.next = waiter;
      this.#last = waiter;
      if (this.#first !== undefined) return;
      this.#first = waiter;
      this.#setAlarm(now);
    });
  }

  #remove(waiter: Waiter<T>): void {
    const { previous, next, signal } = waiter;
    if (signal !== undefined) removeAbortListener(signal, waiter);
    if (waiter.deadline < Infinity) this.#hasty -= 1;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // Who has left keeps no neighbour alive.
    waiter.previous = undefined;
    waiter.next = undefined;
    if (this.#first === undefined) this.#alarm.clear();
  }

  #review(): void {
    this.#willReview = false;
    const now = performance.now();
    changeTogether(() => {
      // Last come, first given back: then few or none behind have to move.
      for (let turn = this.#givenUp.pop(); turn !== undefined; turn = this.#givenUp.pop()) {
        this.#turns.giveBack(turn, now);
      }
    });
    if (this.#hasty > 0 || this.#reviewsAll) changeTogether(() => this.#turnAwayAllTooLate(now));
    this.#serve();
  }

  #turnAwayAllTooLate(now: number): void {
    this.#reviewsAll = false;
    for (let waiter = this.#first; waiter !== undefined; ) {
      const { next, turn, deadline } = waiter;
      const waitMs = this.#turns.delayMs(turn, now);
      if (waitMs === Infinity || now + waitMs > deadline) this.#turnAway(waiter, waitMs, now);
      waiter = next;
    }
  }

  #turnAway(waiter: Waiter<T>, waitMs: number, now: number): void {
    this.#remove(waiter);
    this.#turns.giveBack(waiter.turn, now);
    waiter.reject(this.#exceeded(waiter.n, waitMs, Math.max(0, waiter.deadline - now)));
  }

  #exceeded(n: number, waitMs: number, maxWaitMs: number): RateLimitExceededError {
    return new RateLimitExceededError(n, waitMs, maxWaitMs, this.#turns.whyNever?.(n));
  }

  /** Lets everybody go whose time has come. */
  #serve(): void {
    const now = performance.now();
    changeTogether(() => {
      for (let waiter = this.#first; waiter !== undefined; waiter = this.#first) {
        const waitMs = this.#turns.delayMs(waiter.turn, now);
        if (waitMs === Infinity) {
          this.#turnAway(waiter, waitMs, now);
          continue;
        }
        if (waitMs > 0) break;
        this.#turns.act(waiter.turn, now);
        this.#remove(waiter);
        waiter.resolve();
      }
    });
    this.#setAlarm(now);
  }

  #setAlarm(now: number): void {
    if (this.#first === undefined) this.#alarm.clear();
    else this.#alarm.set(now + this.#turns.delayMs(this.#first.turn, now), now);
  }
}

/** Somebody in line: its place in the list and its abort listener, so that one object is all it costs beside its turn. */
class Waiter<T> implements AbortListener {
  readonly #line: WaitLine<T>;
  readonly n: number;
  readonly turn: T;
  /** When it is too late. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  previous: Waiter<T> | undefined = undefined;
  next: Waiter<T> | undefined = undefined;

  constructor(
    line: WaitLine<T>,
    n: number,
    turn: T,
    deadline: number,
    signal: AbortSignal | undefined,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#line = line;
    this.n = n;
    this.turn = turn;
    this.deadline = deadline;
    this.signal = signal;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** Called by the signal. */
  handleAbort(): void {
    this.#line.giveUp(this);
  }
}
