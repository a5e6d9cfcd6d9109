import { show } from "@disp/options";

/**
 * A job was still running when the time that `stop` had was over, and it did not answer the abort of its signal: nobody
 * waits for it any more. It may yet succeed, so its hold is left to end by itself.
 */
export class JobAbandonedError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "JobAbandonedError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_JOB_ABANDONED";
  /** The key of the job. */
  readonly key: string;

  /** @internal */
  constructor(key: string) {
    const rule = "it must settle before the time to stop is over (timeoutMs)";
    super(`Cannot wait for the job ${show(key)}: ${rule}, got one that still runs`);
    this.key = key;
  }
}

/**
 * A job is over, and the store could not be told: `cause` is the store's error. The key stays taken until its hold ends
 * by itself, after `holdMs` or `leaseMs`, whichever is longer.
 */
export class HoldReleaseError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "HoldReleaseError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_HOLD_RELEASE";
  /** The key of the job. */
  readonly key: string;

  /** @internal */
  constructor(key: string, cause: unknown) {
    super(`Cannot release the hold of ${show(key)}: the store must be there, got ${show(cause)}`, { cause });
    this.key = key;
  }
}
