import type { DropReason } from "@disp/buffer";

/** Why an item was given up, as its source is told. */
export interface Rejection {
  /**
   * Why. `"aborted"` also stands for items that were never let in, since the dispatcher was closed or the consuming was
   * called off, and for those in a send that had not settled at a drain deadline: they may have arrived.
   */
  readonly reason: DropReason;
  /** The error of the last attempt, or what called it off. */
  readonly error?: unknown;
  /** How often it was sent; 0 = never. */
  readonly attempts: number;
}

/**
 * An item that wants to know how it ended, so that its source can forget it or hand it out again: a message of a broker.
 * `Dispatcher.consume` and `Dispatcher.process` look for these two methods in each item of their source; `push` and the
 * other doors do not, since whoever calls them has a promise of their own: `deliver`.
 *
 * Exactly one of the methods is called, exactly once, for every item that the source has given away. A promise that it
 * returns is not waited for by the sending, but `drain` waits until it has settled. What it throws, or rejects with,
 * changes nothing and surfaces once, as an unhandled rejection.
 *
 * @example
 * ```ts
 * import { type Acknowledgeable, Dispatcher, noRetry } from "@disp/core";
 *
 * const log: string[] = [];
 * const message = (text: string): Acknowledgeable & { readonly text: string } => ({
 *   text,
 *   acknowledge: () => log.push(`${text}: delete it from the queue`),
 *   reject: ({ reason }) => log.push(`${text}: hand it out again, ${reason}`),
 * });
 *
 * await Dispatcher.process([message("a"), message("b")], {
 *   batch: { maxItems: 1 },
 *   retry: noRetry(),
 *   onDrop: () => {},
 *   send: ({ items }) => {
 *     if (items[0]?.text === "b") throw new Error("no");
 *   },
 * });
 * log; // => ["a: delete it from the queue", "b: hand it out again, retries-exhausted"]
 * ```
 */
export interface Acknowledgeable {
  /** It was delivered: its send succeeded, or `batch.keep` let it go. */
  acknowledge(): unknown;
  /** It was not delivered, or nobody knows. */
  reject(rejection: Rejection): unknown;
}
