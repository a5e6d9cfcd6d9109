import { checkObject } from "@disp/options";
import type { AsyncLimiter, Limiter, RateLimitWaitOptions, Reservation } from "./limiter.ts";
import { WaitLine } from "./wait-line.ts";

/** Several limits that act as one. */
export interface TieredLimiter extends Limiter, AsyncLimiter {
  /** Takes `n` tokens (by default 1) from all tiers or from none, and says when the holder may act. */
  reserve(n?: number, now?: number): Reservation;
  /** Resolves when `n` tokens (by default 1) were taken from all tiers. */
  wait(n?: number, options?: RateLimitWaitOptions): Promise<void>;
}

/**
 * Several limits at once, such as ten a second and a thousand an hour: tokens are taken from all of them or from none,
 * and the slowest says when.
 *
 * All tiers take their tokens at the time when the holder may act, so each of them keeps its limit whatever the others
 * do. (A limiter that knows no `postpone` takes them as soon as it can; its count is then ahead of the deeds.) A
 * reservation that has to wait for one tier is aligned with it when it is made, and moves only back from there: not forward
 * when somebody ahead cancels or a tier is sped up.
 *
 * @throws TypeError when one of them has no `reserve`.
 *
 * @example
 * ```ts
 * import { allOf, RateLimiter } from "@disp/ratelimit";
 *
 * const perSecond = new RateLimiter({ ratePerSecond: 10, burst: 10 });
 * const perHour = new RateLimiter({ ratePerSecond: 100 / 3_600, burst: 1 });
 * const both = allOf(perSecond, perHour);
 * both.reserve(1, 0).delayMs(0); // => 0
 * both.reserve(1, 0).delayMs(0); // => 36_000
 * ```
 */
export function allOf(...limiters: Limiter[]): TieredLimiter {
  limiters.forEach((limiter, index) => checkObject("create allOf()", `limiters[${index}]`, limiter, ["reserve"]));
  return new Tiers(limiters);
}

class Tiers implements TieredLimiter {
  readonly #limiters: readonly Limiter[];
  readonly #line = new WaitLine((n, now) => this.reserve(n, now));

  constructor(limiters: readonly Limiter[]) {
    this.#limiters = limiters;
  }

  reserve(n = 1, now: number = performance.now()): Reservation {
    const parts: Reservation[] = [];
    for (const limiter of this.#limiters) {
      const part = limiter.reserve(n, now);
      parts.push(part);
      if (!part.ok) break;
    }
    const reservation = new TierReservation(parts);
    if (reservation.ok) reservation.align(now);
    else reservation.cancel(now);
    return reservation;
  }

  wait(n = 1, options?: RateLimitWaitOptions): Promise<void> {
    return this.#line.wait(n, options);
  }
}

class TierReservation implements Reservation {
  readonly #parts: readonly Reservation[];
  #listener: (() => void) | undefined;

  constructor(parts: readonly Reservation[]) {
    this.#parts = parts;
    for (const part of parts) part.onRetime?.(() => this.#retime());
  }

  get ok(): boolean {
    return this.#parts.every(({ ok }) => ok);
  }

  delayMs(now: number = performance.now()): number {
    return this.ok ? Math.max(0, ...this.#parts.map((part) => part.delayMs(now))) : Infinity;
  }

  cancel(now: number = performance.now()): void {
    for (const part of this.#parts) part.cancel(now);
  }

  hold(): void {
    for (const part of this.#parts) part.hold?.();
  }

  act(now: number): void {
    for (const part of this.#parts) part.act?.(now);
  }

  onRetime(listener: () => void): void {
    this.#listener = listener;
  }

  /** Tokens taken before the deed would let deeds pile up: all tiers take theirs at the time of the slowest. */
  align(now: number): void {
    const dueAt = now + this.delayMs(now);
    for (const part of this.#parts) if (part.delayMs(now) < dueAt - now) part.postpone?.(dueAt, now);
  }

  #retime(): void {
    // By the times that the tiers know: a look at the clock in here could move them once more, and so on.
    if (this.ok) this.align(0);
    this.#listener?.();
  }
}
