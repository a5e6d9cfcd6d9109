import type { DropReason } from "@disp/buffer";
import { show } from "@disp/options";

/**
 * The dispatcher takes no more items: it was closed, drained or called off. Nothing was accepted. A producer that runs while
 * somebody else drains meets this error: it is the sign to stop. `cause` is the reason of the signal, if there was one.
 */
export class DispatcherClosedError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "DispatcherClosedError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_DISPATCHER_CLOSED";

  /** @internal */
  constructor(action: string, options?: ErrorOptions) {
    super(`Cannot ${action}: the dispatcher must be open, got one that is closed`, options);
  }
}

/**
 * The item was accepted, and then given up. `cause` is the error of its last attempt, if there was one. With the reason
 * `"aborted"` and a `cause` named `TimeoutError` it was not sent by the deadline of a `drain`: it waited still, or it was in a send
 * that had not settled, and then it may have arrived.
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
    const words = cause === undefined ? "" : `, for ${show(cause)}`;
    super(
      `Cannot deliver: the item must be sent, got it dropped as "${reason}"${words}`,
      cause === undefined ? {} : { cause },
    );
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
    super(`Cannot wait for send: it must settle within ${timeoutMs} ms (sendTimeoutMs), got nothing`);
    this.timeoutMs = timeoutMs;
  }
}
