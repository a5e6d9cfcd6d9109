/** Says when the next send may start. Each kind of rate limit has a pace of its own; without one there is no waiting. */
export interface Pace {
  /**
   * Takes the permit for one send, if it is to be had now. If not, it takes a place in the line for it.
   *
   * @param wanted - How many sends could start now, if they were all permitted.
   */
  take(now: number, wanted: () => number): boolean;
  /** There is nothing to send: gives up the place in the line. */
  leave(now: number): void;
  /** When to ask again; Infinity = the pace calls back by itself. */
  readonly nextAt: number;
}

/** No limit at all. */
export class FreePace implements Pace {
  readonly nextAt: number = Infinity;

  take(): boolean {
    return true;
  }

  leave(): void {
    // There is no line.
  }
}
