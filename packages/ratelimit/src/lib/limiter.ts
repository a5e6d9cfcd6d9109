import type { WaitOptions } from "@disp/sync-queue";

/** Tokens that were taken ahead of time: the right to act once `delayMs` has passed. */
export interface Reservation {
  /** False when the limiter can never grant it: nothing was taken. */
  readonly ok: boolean;
  /**
   * Milliseconds until the holder may act; 0 = now, Infinity = never. Others may move it: see {@link Reservation.onRetime}.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   */
  delayMs(now?: number): number;
  /**
   * Gives back exactly what was taken, and moves everybody behind forward. It does nothing once the time to act has
   * passed, since the holder is taken to have acted, and nothing the second time.
   *
   * @param now - Milliseconds of `performance.now()`, which is the default; never `Date.now()`.
   */
  cancel(now?: number): void;
  /**
   * The holder will not act before `notBefore`, so the tokens are taken at that time; everybody behind moves back.
   *
   * @param notBefore - Milliseconds of the same clock.
   * @param now - Milliseconds of `performance.now()`, never `Date.now()`.
   */
  postpone?(notBefore: number, now: number): void;
  /**
   * The holder will say when it acts, with {@link Reservation.act}. Without that it is taken to act the moment it is due;
   * and if the event loop was blocked meanwhile, many would then act at once.
   */
  hold?(): void;
  /**
   * The holder acts now. Ask `delayMs` first: the time may have moved back.
   *
   * @param now - Milliseconds of `performance.now()`, never `Date.now()`.
   */
  act?(now: number): void;
  /**
   * Calls `listener` whenever the time to act changes for any other reason than time passing: somebody ahead cancelled,
   * or the rate, the burst or a penalty changed. One listener per reservation.
   */
  onRetime?(listener: () => void): void;
}

/** A limiter that answers at once. */
export interface Limiter {
  /**
   * Takes `n` tokens, if need be from the future.
   *
   * @param n - Tokens, greater than 0.
   * @param now - Milliseconds of `performance.now()`, never `Date.now()`.
   */
  reserve(n: number, now: number): Reservation;
  /**
   * Takes `n` tokens if they are there now and nobody waits for them. Optional, like {@link Limiter.admits}: with both,
   * {@link allOf} asks and takes without a reservation.
   *
   * @param now - Milliseconds of `performance.now()`, never `Date.now()`.
   */
  allow?(n: number, now: number): boolean;
  /**
   * Whether {@link Limiter.allow} would take them. It takes nothing.
   *
   * @param now - Milliseconds of `performance.now()`, never `Date.now()`.
   */
  admits?(n: number, now: number): boolean;
  /** Never there: it is how the compiler tells a limiter per key, which needs the key. */
  readonly maxKeys?: never;
}

/** How long a `wait` may take. */
export interface RateLimitWaitOptions extends WaitOptions {
  /**
   * Milliseconds; a wait that would take longer fails at once and takes nothing.
   *
   * @defaultValue Infinity
   */
  readonly maxWaitMs?: number | undefined;
}

/** A limiter that answers when it is time: the kind that can live in another process. */
export interface AsyncLimiter {
  /** Resolves when `n` tokens were taken. */
  wait(n: number, options?: RateLimitWaitOptions): Promise<void>;
  /** Never there: it is how the compiler tells a limiter per key, which needs the key. */
  readonly maxKeys?: never;
}
