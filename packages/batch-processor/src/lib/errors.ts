import { show } from "@disp/options";

/** The part of a batch in which something went wrong. */
export type BatchPhase = "lock" | "load" | "operation" | "save";

/** What could not be done, and what must hold. */
const RULES: Readonly<Record<BatchPhase, readonly [deed: string, rule: string]>> = {
  lock: ["hold the lock of", "its lock must be held until it is saved"],
  load: ["load", "its load must succeed"],
  operation: ["run the operations of", "its operations must settle"],
  save: ["save", "its save must succeed"],
};

/** The batch was not saved. Every run of it whose operation did not throw rejects with this one error. */
export class BatchFailedError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "BatchFailedError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_BATCH_FAILED";
  /** The key of the batch. */
  readonly key: string;
  /**
   * What failed. After `"load"` nothing has changed; after `"save"` and a timeout, nobody knows. After `"lock"` nothing has
   * changed, unless `cause` is a {@link KeyLockLostError}: of a save that had begun by then, nobody knows either.
   */
  readonly phase: BatchPhase;

  /** @internal */
  constructor(key: string, phase: BatchPhase, cause: unknown) {
    const [deed, rule] = RULES[phase];
    super(`Cannot ${deed} batch ${JSON.stringify(key)}: ${rule}, got ${show(cause)}`, { cause });
    this.key = key;
    this.phase = phase;
  }
}

/**
 * A load, a save, an asynchronous operation or the wait for a lock took longer than `maxDurationMs`. The `cause` of a
 * {@link BatchFailedError}.
 */
export class BatchTimeoutError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "BatchTimeoutError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_BATCH_TIMEOUT";
  /** The key of the batch that failed. */
  readonly key: string;
  /** What took too long. */
  readonly phase: BatchPhase;
  /** How long it was allowed to take, in milliseconds. */
  readonly timeoutMs: number;
  /** The key whose overdue call kept the lane, when this batch never got its turn; otherwise undefined. */
  readonly blockedBy: string | undefined;

  /** @internal */
  constructor(key: string, phase: BatchPhase, timeoutMs: number, blockedBy?: string) {
    const got = blockedBy === undefined ? "nothing" : `a lane that ${JSON.stringify(blockedBy)} still keeps`;
    const rule = `it must settle within ${timeoutMs} ms (maxDurationMs)`;
    super(`Cannot wait for the ${phase} of ${JSON.stringify(key)}: ${rule}, got ${got}`);
    this.key = key;
    this.phase = phase;
    this.timeoutMs = timeoutMs;
    this.blockedBy = blockedBy;
  }
}

/**
 * The lock of a batch was lost before the batch was saved: it could not be renewed in time, the event loop stood still for
 * too long, or somebody took it away. The `cause` of a {@link BatchFailedError}, and the reason of the signals of a load
 * or a save that runs meanwhile.
 */
export class KeyLockLostError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "KeyLockLostError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_KEY_LOCK_LOST";
  /** The key of the lock. */
  readonly key: string;
  /** The fencing token of the lease that was lost. */
  readonly token: number;

  /** @internal */
  constructor(key: string, token: number) {
    super(`Cannot save batch ${JSON.stringify(key)}: its lock must last until it is saved, got one that was lost`);
    this.key = key;
    this.token = token;
  }
}

/** The signal of a run was aborted before its operation ran. Nothing has changed; `cause` is the signal's reason. */
export class OperationCancelledError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "OperationCancelledError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_OPERATION_CANCELLED";
  /** The key of the operation. */
  readonly key: string;

  /** @internal */
  constructor(key: string, cause: unknown) {
    super(`Cannot run on ${JSON.stringify(key)}: its signal must not be aborted before its turn, got an abort`, {
      cause,
    });
    this.key = key;
  }
}

/**
 * The processor takes no more operations, or it was stopped at a deadline before this one was saved. In the second case
 * `cause` is a `TimeoutError`, and `phase` says how far the batch was.
 */
export class ProcessorStoppedError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "ProcessorStoppedError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_PROCESSOR_STOPPED";
  /** The key of the operation. */
  readonly key: string;
  /** What was under way at the deadline. After `"save"` nobody knows what was saved; undefined = nothing had begun. */
  readonly phase: BatchPhase | undefined;

  /** @internal */
  constructor(key: string, phase?: BatchPhase, cause?: unknown) {
    super(
      `Cannot run on ${JSON.stringify(key)}: the processor must not be stopped, got one that is`,
      cause === undefined ? undefined : { cause },
    );
    this.key = key;
    this.phase = phase;
  }
}
