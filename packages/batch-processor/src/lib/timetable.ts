import { Alarm } from "@disp/alarm";

/** Something with a time at which it wants to be woken. */
export interface Timed {
  /** Infinity = never. */
  readonly nextAt: number;
  /** Does whatever was due until now. */
  expire(now: number): void;
}

/**
 * One timer for everything that waits for a time. It may ring too early, since a thing that is done does not say so: that
 * is cheaper than a timer that starts and stops with every call.
 */
export class Timetable {
  readonly #alarm = new Alarm(() => this.#ring());
  readonly #things: readonly Timed[];

  constructor(things: readonly Timed[]) {
    this.#things = things;
  }

  /** Wakes what is due at `at`. */
  wakeAt(at: number, now: number): void {
    if (at < (this.#alarm.at ?? Infinity)) this.#alarm.set(at, now);
  }

  /** There is nothing left to wake. */
  clear(): void {
    this.#alarm.clear();
  }

  #ring(): void {
    const now = performance.now();
    for (const thing of this.#things) thing.expire(now);
    this.wakeAt(Math.min(...this.#things.map(({ nextAt }) => nextAt)), now);
  }
}
