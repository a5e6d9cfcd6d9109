import { RedisUnavailableError } from "./errors.ts";

/** The longest delay that `setTimeout` keeps. */
export const LONGEST_DELAY_MS: number = 2 ** 31 - 1;

/**
 * The time that a call may take. A timer that is late says that the event loop stood still, and it fires before anything
 * that has arrived meanwhile is read: so that much time more is given, once for each stall.
 */
export class Budget {
  readonly #onOver: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #overAt = Infinity;

  /**
   * @param ms - Infinity = as much as it likes.
   * @param onOver - Called when the time is over.
   */
  constructor(ms: number, onOver: () => void) {
    this.#onOver = onOver;
    if (ms !== Infinity) this.#wait(Math.min(ms, LONGEST_DELAY_MS));
  }

  /** What is left of it: above 0 until it is over. */
  get leftMs(): number {
    return Math.max(1, Math.ceil(this.#overAt - performance.now()));
  }

  /** It was enough. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    this.#overAt = performance.now() + ms;
    this.#timer = setTimeout(this.#ring, ms);
  }

  readonly #ring = (): void => {
    const lateMs = performance.now() - this.#overAt;
    // Timers are a fraction late at all times.
    if (lateMs >= 1) this.#wait(lateMs);
    else this.#onOver();
  };
}

/** The error of a call whose time is over. */
export function overtime(command: string, timeoutMs: number): RedisUnavailableError {
  return new RedisUnavailableError(command, "timeout", `nothing within ${timeoutMs} ms (timeoutMs)`);
}
