/** The limits of one batch, from which an overflow policy derives what it was not told. */
export interface BatchLimits {
  /** Items per batch, or Infinity. */
  readonly maxItems: number;
  /** Size per batch in the caller's unit, or Infinity. */
  readonly maxSize: number;
}

/**
 * What becomes of a newcomer.
 *
 * - `"accept"`: there is room.
 * - `"refuse"`: it stays outside; whoever brought it is told and may wait.
 * - `"drop-oldest"`: the oldest live batch is given up; then the policy is asked again.
 * - `"drop-newcomer"`: it is accepted and dropped at once; whoever brought it never waits.
 */
export type OverflowDecision = "accept" | "refuse" | "drop-oldest" | "drop-newcomer";

/**
 * Says what happens when items come faster than they leave. Policies are immutable, so one may serve any number of
 * buffers.
 */
export interface OverflowPolicy {
  /** The largest number of live items. A policy that has one accepts everything without a size below it, unasked. */
  readonly maxItems?: number | undefined;
  /**
   * The largest total size of live items, when the policy limits it. Infinity = it looks at no sizes: with a `maxItems`, it
   * accepts items with a size below that unasked, too.
   */
  readonly maxSize?: number | undefined;
  /**
   * Called once for each buffer, before anything else.
   *
   * @returns the policy to use in that buffer; `this` is a fine answer.
   */
  resolve(limits: BatchLimits): OverflowPolicy;
  /**
   * Decides over one newcomer.
   *
   * @param items - Live items: those that wait and those that are leased.
   * @param size - Their total size.
   * @param newcomerSize - The newcomer's size; 0 when it has none.
   */
  decide(items: number, size: number, newcomerSize: number): OverflowDecision;
}
