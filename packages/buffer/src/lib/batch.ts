/** A batch of items as the holder of its lease sees it. */
export interface Batch<T> {
  /** Counts up from 1 in the order in which batches were opened; the same at every attempt. */
  readonly id: number;
  /** Oldest first; never changed in place, so it may be kept. Empty when {@link Batch.synthetic}. */
  readonly items: readonly T[];
  /** The size of each item, in the caller's unit; absent when no item came with a size. */
  readonly sizes?: readonly number[];
  /** True for a batch that carries no item and only serves to send something, such as a heartbeat. */
  readonly synthetic: boolean;
  /** 1 at the first attempt. */
  readonly attempt: number;
  /** Yours: whatever is put here is here again at the next attempt. */
  meta: unknown;
  /**
   * Keeps only the items for which `predicate` is true; the others count as delivered at once. So a consumer that got
   * half of a batch through says which half is left before it fails: only that is tried again.
   *
   * A predicate that throws changes nothing.
   *
   * @throws Error once the lease has ended: the batch may already be in other hands.
   */
  keep(predicate: (item: T, index: number) => boolean): void;
  /**
   * Gives up the items for which `predicate` is true, at once (`"rejected"`): whoever consumes the batch knows that they
   * will never be taken. The others go on as before.
   *
   * A predicate that throws changes nothing.
   *
   * @param error - Why; part of the `Drop`.
   * @throws Error once the lease has ended: the batch may already be in other hands.
   */
  reject(predicate: (item: T, index: number) => boolean, error?: unknown): void;
}
