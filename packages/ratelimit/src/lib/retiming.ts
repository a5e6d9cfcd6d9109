/** Somebody who tells others that their times have changed. */
export interface Teller {
  /** Tells those whose times have changed since they were told last. */
  tell(): void;
}

/** Who has something to tell once the change is complete; undefined while none is under way. */
let waiting: Set<Teller> | undefined;

/**
 * Makes many changes and tells of them once, at the end: if a thousand leave a long line together, those behind them are
 * timed anew once and not a thousand times.
 */
export function changeTogether(change: () => void): void {
  if (waiting !== undefined) {
    change();
    return;
  }
  const tellers = new Set<Teller>();
  waiting = tellers;
  try {
    change();
  } finally {
    waiting = undefined;
    for (const teller of tellers) teller.tell();
  }
}

/** @returns whether the teller has to wait for the end of the change; it is called then. */
export function tellsLater(teller: Teller): boolean {
  waiting?.add(teller);
  return waiting !== undefined;
}
