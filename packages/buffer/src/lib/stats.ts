/** A number of items and their total size in the caller's unit (0 for items without a size). */
export interface Amount {
  /** How many. */
  readonly items: number;
  /** Their total size. */
  readonly size: number;
}

/** A snapshot of what a buffer holds and has held. Every accepted item is counted in exactly one of the five amounts. */
export interface BufferStats {
  /** Waiting: in the growing batch, ready, or backing off. */
  readonly unleased: Amount;
  /** Out on a lease. */
  readonly leased: Amount;
  /** Out on a lease and passed over by `dropOldestBatch`: no longer live, decided when the lease ends. */
  readonly droppedLeased: Amount;
  /** Delivered since the buffer was made. */
  readonly delivered: Amount;
  /** Dropped since the buffer was made. */
  readonly dropped: Amount;
  /** What is not settled yet: `unleased + leased + droppedLeased`. */
  readonly total: Amount;
  /** Waiting batches, the growing one included. */
  readonly batches: number;
  /** Leases that have not ended. */
  readonly leases: number;
  /** No batch waits and no lease is out. A lease of an empty batch counts: its holder is still at work. */
  readonly empty: boolean;
}

export const NOTHING: Amount = { items: 0, size: 0 };

export function sum(...amounts: readonly Amount[]): Amount {
  return {
    items: amounts.reduce((total, { items }) => total + items, 0),
    size: amounts.reduce((total, { size }) => total + size, 0),
  };
}
