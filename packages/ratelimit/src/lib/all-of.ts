import { checkObject, show } from "@disp/options";
import type { AsyncLimiter, Limiter, RateLimitWaitOptions, Reservation } from "./limiter.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { checkRequest } from "./request.ts";
import { whyNever } from "./never.ts";
import { type Turns, WaitLine } from "./wait-line.ts";

/** Several limits that act as one. */
export interface TieredLimiter extends Limiter, AsyncLimiter {
  /**
   * Takes `n` tokens (by default 1) from all tiers if they are there in all now and nobody waits for them; else from none.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   */
  allow(n?: number, now?: number): boolean;
  /**
   * Whether {@link TieredLimiter.allow} would take `n` tokens (by default 1). It takes nothing.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   */
  admits(n?: number, now?: number): boolean;
  /**
   * Takes `n` tokens (by default 1) from all tiers or from none, and says when the holder may act.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   */
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
 * A limiter that is given twice, or is also part of another `allOf` among them, counts once.
 *
 * @throws TypeError when there is none, when one of them has no `reserve`, or when one needs a key.
 *
 * @example
 * ```ts
 * import { allOf, RateLimiter } from "@disp/ratelimit";
 *
 * const perSecond = new RateLimiter({ ratePerSecond: 10, burst: 10 });
 * const perHour = new RateLimiter({ ratePerSecond: 100 / 3_600, burst: 1 });
 * const both = allOf(perSecond, perHour);
 * both.allow(1, 0); // => true
 * both.allow(1, 0); // => false
 * both.reserve(1, 0).delayMs(0); // => 36_000
 * ```
 */
export function allOf(...limiters: Limiter[]): TieredLimiter {
  if (limiters.length === 0) throw new TypeError("Cannot create allOf(): limiters must be at least one, got none");
  limiters.forEach(checkLimiter);
  return new Tiers(limiters);
}

function checkLimiter(limiter: Limiter, index: number): void {
  const path = `limiters[${index}]`;
  checkObject("create allOf()", path, limiter, ["reserve"]);
  if (!("maxKeys" in limiter)) return;
  throw new TypeError(`Cannot create allOf(): ${path} must be a limiter that needs no key, got ${show(limiter)}`);
}

/** A limiter that can be asked without taking anything. */
type Askable = Limiter & Required<Pick<Limiter, "allow" | "admits">>;

class Tiers implements TieredLimiter {
  readonly #limiters: readonly Limiter[];
  /** All of them, if all can be asked. */
  readonly #askable: readonly Askable[] | undefined;
  readonly #line: WaitLine<Reservation> = new WaitLine(new TierTurns(this, () => this.#line.reviewAllSoon()));

  constructor(limiters: readonly Limiter[]) {
    this.#limiters = [...new Set(limiters.flatMap((each) => (#limiters in each ? each.#limiters : [each])))];
    this.#askable = this.#limiters.every(isAskable) ? this.#limiters : undefined;
  }

  allow(n = 1, now: number = performance.now()): boolean {
    checkRequest("allow", n, now);
    if (this.#askable === undefined) return this.#reserveNow(n, now) !== undefined;
    for (const limiter of this.#askable) if (!limiter.admits(n, now)) return false;
    for (const limiter of this.#askable) limiter.allow(n, now);
    return true;
  }

  admits(n = 1, now: number = performance.now()): boolean {
    checkRequest("ask", n, now);
    if (this.#askable !== undefined) return this.#askable.every((limiter) => limiter.admits(n, now));
    const reservation = this.#reserveNow(n, now);
    reservation?.cancel(now);
    return reservation !== undefined;
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

  /** What of those tiers that are known never allows `n` tokens; a burst is more certain than a rate. */
  whyNever(n: number): string | undefined {
    const known = this.#limiters.filter((limiter) => limiter instanceof RateLimiter);
    const tier = known.find(({ burst }) => n > burst) ?? known.find(({ ratePerSecond }) => ratePerSecond === 0);
    return tier === undefined ? undefined : whyNever(n, tier);
  }

  /** A reservation that is due now; undefined, and nothing taken, if there is none. */
  #reserveNow(n: number, now: number): Reservation | undefined {
    const reservation = this.reserve(n, now);
    if (reservation.delayMs(now) <= 0) return reservation;
    reservation.cancel(now);
    return undefined;
  }
}

function isAskable(limiter: Limiter): limiter is Askable {
  return typeof limiter.allow === "function" && typeof limiter.admits === "function";
}

/** The reservations of several tiers as the turns of those who wait for them. */
class TierTurns implements Turns<Reservation> {
  readonly #tiers: Tiers;
  readonly #onRetime: () => void;

  constructor(tiers: Tiers, onRetime: () => void) {
    this.#tiers = tiers;
    this.#onRetime = onRetime;
  }

  claim(n: number, now: number): Reservation | undefined {
    const reservation = this.#tiers.reserve(n, now);
    if (reservation.delayMs(now) < Infinity) return reservation;
    reservation.cancel(now);
    return undefined;
  }

  whyNever(n: number): string | undefined {
    return this.#tiers.whyNever(n);
  }

  hold(reservation: Reservation): void {
    reservation.hold?.();
    reservation.onRetime?.(this.#onRetime);
  }

  delayMs(reservation: Reservation, now: number): number {
    return reservation.delayMs(now);
  }

  giveBack(reservation: Reservation, now: number): void {
    reservation.cancel(now);
  }

  act(reservation: Reservation, now: number): void {
    reservation.act?.(now);
  }
}

class TierReservation implements Reservation {
  readonly #parts: readonly Reservation[];
  #listener: (() => void) | undefined;

  constructor(parts: readonly Reservation[]) {
    this.#parts = parts;
    const retime = () => this.#retime();
    for (const part of parts) part.onRetime?.(retime);
  }

  get ok(): boolean {
    return this.#parts.every(({ ok }) => ok);
  }

  delayMs(now: number = performance.now()): number {
    let longest = 0;
    for (const part of this.#parts) longest = Math.max(longest, part.ok ? part.delayMs(now) : Infinity);
    return longest;
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
    const delayMs = this.delayMs(now);
    if (delayMs === 0) return;
    const dueAt = now + delayMs;
    for (const part of this.#parts) if (part.delayMs(now) < dueAt - now) part.postpone?.(dueAt, now);
  }

  #retime(): void {
    // By the times that the tiers know: a look at the clock in here could move them once more, and so on.
    if (this.ok) this.align(0);
    this.#listener?.();
  }
}
