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
        this.#leave(waiter);
        reservation.cancel(performance.now());
        reject(signal?.reason);
      };
      const waiter: Waiter = { n, reservation, deadline, signal, handleAbort, resolve, reject };
      if (signal !== undefined) addAbortListener(signal, waiter);
      reservation.hold?.();
      reservation.onRetime?.(() => this.#retime(waiter));
      this.#waiters.add(waiter);
      this.#setAlarm(now);
    });
  }

  #leave(waiter: Waiter): boolean {
    const wasInLine = this.#remove(waiter);
    this.#setAlarm(performance.now());
    return wasInLine;
  }

  #remove(waiter: Waiter): boolean {
    if (waiter.signal !== undefined) removeAbortListener(waiter.signal, waiter);
    return this.#waiters.delete(waiter);
  }

  #retime(waiter: Waiter): void {
    const { n, reservation, deadline, reject } = waiter;
    const now = performance.now();
    const waitMs = reservation.delayMs(now);
    if (waitMs === Infinity || now + waitMs > deadline) {
      if (!this.#leave(waiter)) return;
      reservation.cancel(now);
      reject(new RateLimitExceededError(n, waitMs, Math.max(0, deadline - now)));
    } else this.#setAlarm(now);
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
