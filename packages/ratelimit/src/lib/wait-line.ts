import { type AbortListener, addAbortListener, removeAbortListener } from "@disp/abort";
import { Alarm } from "@disp/alarm";
import { checkNumber, checkSignal } from "@disp/options";
import { RateLimitExceededError } from "./errors.ts";
import type { RateLimitWaitOptions, Reservation } from "./limiter.ts";

/** Somebody who waits for the time of a reservation. */
interface Waiter extends AbortListener {
  readonly n: number;
  readonly reservation: Reservation;
  /** When it is too late. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const DONE: Promise<void> = Promise.resolve();

/**
 * Makes promises of reservations, with one timer for all who wait and none while nobody does. Reservations come due in
 * the order in which they were made, so the first in line is always the next.
 */
export class WaitLine {
  readonly #reserve: (n: number, now: number) => Reservation;
  readonly #waiters = new Set<Waiter>();
  readonly #alarm = new Alarm(() => this.#serve());
  /** Of those who were aborted: given back together, so that a thousand aborts at once do not time everybody anew each. */
  readonly #givenUp: Reservation[] = [];
  #willReview = false;

  constructor(reserve: (n: number, now: number) => Reservation) {
    this.#reserve = reserve;
  }

  wait(n: number, options: RateLimitWaitOptions = {}): Promise<void> {
    const { signal, maxWaitMs = Infinity } = options;
    const now = performance.now();
    try {
      checkSignal("wait", "signal", signal);
      checkNumber("wait", "maxWaitMs", maxWaitMs, { min: 0, orInfinity: true });
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      const reservation = this.#reserve(n, now);
      const waitMs = reservation.delayMs(now);
      if (waitMs <= 0) return DONE;
      if (waitMs < Infinity && waitMs <= maxWaitMs) return this.#join(n, reservation, now, now + maxWaitMs, signal);
      reservation.cancel(now);
      return Promise.reject(new RateLimitExceededError(n, waitMs, maxWaitMs));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #join(
    n: number,
    reservation: Reservation,
    now: number,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const handleAbort = () => {
        this.#remove(waiter);
        this.#givenUp.push(reservation);
        this.#reviewSoon();
        reject(signal?.reason);
      };
      const waiter: Waiter = { n, reservation, deadline, signal, handleAbort, resolve, reject };
      if (signal !== undefined) addAbortListener(signal, waiter);
      reservation.hold?.();
      reservation.onRetime?.(() => this.#reviewSoon());
      this.#waiters.add(waiter);
      this.#setAlarm(now);
    });
  }

  #remove(waiter: Waiter): void {
    if (waiter.signal !== undefined) removeAbortListener(waiter.signal, waiter);
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) this.#alarm.clear();
  }

  /** One review for all that changes in one turn: a single call can move everybody in line. */
  #reviewSoon(): void {
    if (this.#willReview) return;
    this.#willReview = true;
    queueMicrotask(() => this.#review());
  }

  #review(): void {
    this.#willReview = false;
    const now = performance.now();
    // Last come, first given back: then few or none behind have to move.
    for (let given = this.#givenUp.pop(); given !== undefined; given = this.#givenUp.pop()) given.cancel(now);
    for (const waiter of this.#waiters) this.#turnAwayIfTooLate(waiter, now);
    this.#serve();
  }

  #turnAwayIfTooLate(waiter: Waiter, now: number): void {
    const { n, reservation, deadline, reject } = waiter;
    const waitMs = reservation.delayMs(now);
    if (waitMs < Infinity && now + waitMs <= deadline) return;
    this.#remove(waiter);
    reservation.cancel(now);
    reject(new RateLimitExceededError(n, waitMs, Math.max(0, deadline - now)));
  }

  /** Lets everybody go whose time has come. */
  #serve(): void {
    const now = performance.now();
    for (const waiter of this.#waiters) {
      if (waiter.reservation.delayMs(now) > 0) break;
      waiter.reservation.act?.(now);
      this.#remove(waiter);
      waiter.resolve();
    }
    this.#setAlarm(now);
  }

  #setAlarm(now: number): void {
    for (const { reservation } of this.#waiters) {
      this.#alarm.set(now + reservation.delayMs(now), now);
      return;
    }
    this.#alarm.clear();
  }
}
