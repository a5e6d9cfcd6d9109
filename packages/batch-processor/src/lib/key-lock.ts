import { checkNumber, checkObject } from "@disp/options";

/**
 * Lets one holder at a time have a key, among all who use the same lock: processors of one process, or of many machines.
 *
 * Take `RedisKeyLock` of `@disp/batch-processor/redis` for machines that share a Redis, {@link MemoryKeyLock} within one
 * process and in tests. Over anything else that can compare and set, a lock of your own is two methods.
 */
export interface KeyLock {
  /**
   * Waits until the key is free, and takes it.
   *
   * @param options - `signal` ends the wait: the promise then rejects, soon, and the key is left to others.
   * @returns The lease, or a rejection when the lock cannot be asked.
   */
  acquire(key: string, options: { readonly signal: AbortSignal }): Promise<KeyLease>;
}

/**
 * The right to a key, for as long as it lasts. Who has it renews it by itself until {@link KeyLease.release}; it ends
 * early only when it cannot be renewed in time, or when somebody takes it away.
 */
export interface KeyLease {
  /**
   * The fencing token: greater than that of every lease of the same key before it. Kept in the row, it
   * lets a database refuse the late save of a former holder.
   */
  readonly token: number;
  /**
   * Whether it certainly lasts still. False for ever once it is lost, may be lost, or was released. It has to be right at
   * the moment of the question, by the clock: after a stall of the event loop no timer has run yet. It should cost next
   * to nothing.
   */
  readonly isHeld: boolean;
  /**
   * Calls back when the lease is lost: once, soon after {@link KeyLease.isHeld} has become false, and never after
   * `release`.
   */
  onLost(listener: () => void): void;
  /**
   * Gives the key back. A second call gives back nothing, and neither does one after a loss: it never takes the key away
   * from whoever has it then.
   *
   * @returns Resolves once others can have the key. A rejection means that they may have to wait until it ends by itself.
   */
  release(): Promise<void>;
}

/** Locks are written by many. @throws TypeError or RangeError when this is no lease. */
export function checkLease(lease: KeyLease): KeyLease {
  const action = "hold a key";
  checkObject(action, "lock.acquire()", lease, ["onLost", "release"]);
  checkNumber(action, "lock.acquire().token", lease.token);
  return lease;
}
