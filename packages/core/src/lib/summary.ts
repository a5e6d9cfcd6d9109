import type { BufferStats, DropReason } from "@disp/buffer";

/** How many items were dropped, by reason. */
export type DroppedItems = Readonly<Record<DropReason, number>>;

/** What became of all items: `accepted` is `delivered`, plus all counts of `dropped`, plus `abandoned`. */
export interface Summary {
  /** Items that were let in. */
  readonly accepted: number;
  /** Items whose send succeeded, or that `batch.keep` counted as delivered. */
  readonly delivered: number;
  /** Items that were given up, by reason. */
  readonly dropped: DroppedItems;
  /** Items in sends that had not settled at the deadline of `drain`: they may have arrived or not. `onDrop` is not told. */
  readonly abandoned: number;
}

/** What a dispatcher is doing and has done, at one moment. */
export interface DispatcherStats {
  /** Where it is in its life. */
  readonly state: "open" | "closing" | "drained";
  /** Items that were let in so far. */
  readonly accepted: number;
  /** Items that were delivered so far. */
  readonly delivered: number;
  /** Items that were given up so far, by reason. */
  readonly dropped: DroppedItems;
  /** Items abandoned at a drain deadline. */
  readonly abandoned: number;
  /** Sends that are running. */
  readonly inFlight: number;
  /** Calls of `push` and `deliver` that wait for room. */
  readonly waiting: number;
  /** Batches that were sent at least once, heartbeats not counted. */
  readonly batches: number;
  /** Calls of `send` so far, heartbeats and retries included. */
  readonly sends: number;
  /** Calls of `send` for a batch that had failed before. */
  readonly retries: number;
  /** Calls of `send` that failed or timed out. */
  readonly failures: number;
  /** Milliseconds since the longest running send was started; 0 when none runs. One that grows and grows hangs. */
  readonly oldestSendAgeMs: number;
  /** Where the items are that are not settled. */
  readonly buffer: BufferStats;
}
