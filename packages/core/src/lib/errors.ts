import type { DropReason } from "@disp/buffer";

/** The dispatcher takes no more items: it was closed, drained or called off. Nothing was accepted. */
export class DispatcherClosedError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "DispatcherClosedError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_DISPATCHER_CLOSED";

  /** @internal */
  constructor(action: string) {
    super(`Cannot ${action}: the dispatcher must be open, got one that is closed`);
  }
}

/**
 * The item was accepted, and then given up. `cause` is the error of its last attempt, if there was one. With the reason
 * `"aborted"` and a `cause` named `TimeoutError` it was in a send that had not settled at a drain deadline: it may have
 * arrived.
 */
export class ItemDroppedError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "ItemDroppedError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_ITEM_DROPPED";
  /** Why it was given up. */
  readonly reason: DropReason;

  /** @internal */
  constructor(reason: DropReason, cause: unknown) {
    super(`Cannot deliver: the item must not be dropped, got "${reason}"`, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** A send took longer than `sendTimeoutMs`. It counts as a failed attempt. */
export class SendTimeoutError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "SendTimeoutError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_SEND_TIMEOUT";
  /** How long it was allowed to take, in milliseconds. */
  readonly timeoutMs: number;

  /** @internal */
  constructor(timeoutMs: number) {
    super(`Cannot wait for send: it must settle within ${timeoutMs} ms, got nothing`);
    this.timeoutMs = timeoutMs;
  }
}
