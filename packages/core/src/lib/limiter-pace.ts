import type { Limiter, Reservation } from "@disp/ratelimit";
import type { Pace } from "./pace.ts";

/** A limiter that says "never" is asked again after this time: its rate or burst may be changed while we run. */
const ASK_AGAIN_MS = 1_000;

/**
 * One reservation of a limiter at a time: it keeps its place in the line while the batch goes on growing, and is given
 * back exactly when there is nothing left to send.
 */
export class LimiterPace implements Pace {
  readonly #limiter: Limiter;
  readonly #wake: () => void;
  #reservation: Reservation | undefined;
  #hasWarned = false;
  nextAt: number = Infinity;

  /** @param wake - Called when the permit comes at another time than `nextAt` said. */
  constructor(limiter: Limiter, wake: () => void) {
    this.#limiter = limiter;
    this.#wake = wake;
  }

  take(now: number): boolean {
    const reservation = this.#reservation ?? this.#reserve(now);
    if (reservation === undefined) return false;
    if (!reservation.ok) {
      // What became impossible stays so, even when the limits allow it again: that takes a new reservation.
      this.#reservation = undefined;
      this.#warn("the rate limiter never allows a send; sends wait until its limits are changed");
    }
    const delayMs = reservation.ok ? reservation.delayMs(now) : ASK_AGAIN_MS;
    if (reservation.ok && delayMs <= 0) {
      reservation.act?.(now);
      this.#reservation = undefined;
      return true;
    }
    if (reservation.ok && this.#reservation === undefined) {
      this.#reservation = reservation;
      reservation.hold?.();
      reservation.onRetime?.(this.#wake);
    }
    this.nextAt = now + delayMs;
    return false;
  }

  /** A limiter that throws is asked again later, as one that is unreachable is. */
  #reserve(now: number): Reservation | undefined {
    try {
      return this.#limiter.reserve(1, now);
    } catch (error) {
      this.#warn("the rate limiter failed; sends wait until it answers", error);
      this.nextAt = now + ASK_AGAIN_MS;
      return undefined;
    }
  }

  leave(now: number): void {
    this.#reservation?.cancel(now);
    this.#reservation = undefined;
  }

  #warn(...words: unknown[]): void {
    if (!this.#hasWarned) console.warn("@disp/core:", ...words);
    this.#hasWarned = true;
  }
}
