/**
 * The time, read once per burst of calls: a clock read costs as much as half of what accepting a task may cost. Good
 * enough where a time that is some of the burst's own microseconds old does no harm.
 */
export class TurnClock {
  #now = 0;
  #isFresh = false;

  read(): number {
    if (this.#isFresh) return this.#now;
    this.#isFresh = true;
    queueMicrotask(this.#expire);
    this.#now = performance.now();
    return this.#now;
  }

  readonly #expire = (): void => {
    this.#isFresh = false;
  };
}
