/** A burst of calls, and when it began. */
export interface Turn {
  readonly at: number;
}

/**
 * The time, read once per burst of calls, and kept in one object for all of them: a clock read, or a number of its own
 * for each task, costs as much as half of what accepting a task may cost. Good enough where a time that is some of the
 * burst's own microseconds old does no harm.
 */
export class TurnClock {
  #turn: Turn | undefined = undefined;

  get turn(): Turn {
    if (this.#turn === undefined) {
      this.#turn = { at: performance.now() };
      queueMicrotask(this.#end);
    }
    return this.#turn;
  }

  readonly #end = (): void => {
    this.#turn = undefined;
  };
}
