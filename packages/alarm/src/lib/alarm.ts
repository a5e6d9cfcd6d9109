/** The longest delay that `setTimeout` keeps; beyond it, the timer would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** How an {@link Alarm} treats the process it runs in. */
export interface AlarmOptions {
  /**
   * Whether the process stays alive until the alarm rings. True for an alarm that guards data, false for one that
   * only watches.
   *
   * @defaultValue true
   */
  readonly keepAlive?: boolean;
}

/**
 * One timer that is cheap to move. Setting a later time only writes a number: the running timer finds the new time when
 * it fires and sleeps on. That costs a tenth of `clearTimeout` plus `setTimeout`.
 *
 * Times are milliseconds of `performance.now()`. The global timers are looked up at each call, so fake timers work.
 */
export class Alarm {
  readonly #ring: () => void;
  #at: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The time for which the timer was started; it fires at the whole millisecond after it. */
  #aimsAt = 0;
  #keepsAlive = true;

  /** @param ring - Called once for each time that was set and reached. It may set the alarm again. */
  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** When it will ring, or undefined while it is not set. */
  get at(): number | undefined {
    return this.#at;
  }

  /**
   * Rings at `at` instead of at the time set before. A time in the past rings in the next turn of the event loop, never
   * inside this call.
   *
   * @param at - When to ring; `Infinity` never rings and needs no timer.
   * @param now - The current time.
   */
  set(at: number, now: number, options?: AlarmOptions): void {
    if (at === Infinity) {
      this.clear();
      return;
    }
    this.#at = at;
    const keepAlive = options?.keepAlive ?? true;
    if (this.#timer === undefined || this.#aimsAt > at) this.#start(at, now, keepAlive);
    else if (this.#keepsAlive !== keepAlive) this.#hold(this.#timer, keepAlive);
  }

  /** Forgets the time that was set, and leaves no timer behind. */
  clear(): void {
    this.#at = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(at: number, now: number, keepAlive: boolean): void {
    clearTimeout(this.#timer);
    // Rounded up: a timer that fired a fraction early would only find that it has to wait once more.
    const delay = Math.min(LONGEST_DELAY_MS, Math.max(0, Math.ceil(at - now)));
    this.#aimsAt = Math.min(at, now + LONGEST_DELAY_MS);
    this.#keepsAlive = true;
    this.#timer = setTimeout(this.#fire, delay);
    if (!keepAlive) this.#hold(this.#timer, false);
  }

  /** Says whether the timer keeps the process alive, at a twentieth of what a new timer costs. */
  #hold(timer: ReturnType<typeof setTimeout>, keepAlive: boolean): void {
    this.#keepsAlive = keepAlive;
    // In browsers a timer is a number and there is nothing to keep alive.
    if (typeof timer !== "object") return;
    if (keepAlive) timer.ref();
    else timer.unref();
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    if (this.#at === undefined) return;
    const now = performance.now();
    if (now < this.#at) {
      this.#start(this.#at, now, this.#keepsAlive);
      return;
    }
    this.#at = undefined;
    this.#ring();
  };
}
