import type { Books } from "./books.ts";

/** One of those who work together in a soak. */
export interface Part {
  readonly name: string;
  /** What was begun, and has to end exactly once. */
  readonly books: readonly Books[];
  /** Begins some more work. Never so much that it piles up. */
  turn(): void;
  /** @throws WrongResultError unless what it says of itself adds up at this moment. */
  audit(): void;
  /** Ends what is there, and resolves when it is over. @throws WrongResultError unless all of it has ended. */
  close(): Promise<void>;
}

/** So many calls wait at a time at most, for each kind of call. */
export const MOST_WAITING = 200;

/** One for all: what an error costs is not measured here. */
export const FAULT: Error = new Error("A fault on purpose");

/** Rejects when the signal is aborted, and not before. */
export function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** A signal that many calls share, and that is aborted a turn later. */
export class ShortLived {
  #controller = new AbortController();

  /** Aborts the last one. */
  next(): AbortSignal {
    this.#controller.abort(FAULT);
    this.#controller = new AbortController();
    return this.#controller.signal;
  }
}
