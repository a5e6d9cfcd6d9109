import type { Outcome } from "./outcome.ts";

/** Hears what became of its question, in a later turn or at once, exactly once. */
export interface Asker {
  /** @param place - How many of those who share the outcome were asked for before this one. */
  answer(outcome: Outcome, place: number): void;
  /** It could not be found out. */
  fail(error: unknown): void;
}

/** One bucket per key, wherever they are. No `n` is more than can be had at once. */
export interface Buckets {
  /** Takes `n` tokens or none; 0 = only look. */
  take(key: string, n: number, asker: Asker): void;
  /** Takes `n` tokens up to `count` times, with tickets. */
  takeUpTo(key: string, n: number, count: number, asker: Asker): void;
  /** Gives back some of the tokens that came with these tickets, once for each ticket. It fails silently: tokens are lost then. */
  giveBack(key: string, tokens: number, tickets: readonly string[]): Promise<void>;
}

/** Buckets that may be away. */
export interface RemoteBuckets extends Buckets {
  /** Resolves once it is proven that tokens of `key` could be taken: to look would not do, since some servers refuse only to write. */
  probe(key: string): Promise<void>;
}
