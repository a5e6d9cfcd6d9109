/**
 * The instances that ran the job crashed, or lost touch with Redis, more often than `maxStalls` allows. It has failed; it
 * may have been done nevertheless.
 */
export class JobStalledError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "JobStalledError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_JOB_STALLED";
  /** The key of the job. */
  readonly key: string;
  /** How often it was left behind. */
  readonly stalls: number;

  /** @internal */
  constructor(key: string, stalls: number) {
    super(`Cannot run the job again: it must be left behind by fewer instances, got one left by ${stalls}`);
    this.key = key;
    this.stalls = stalls;
  }
}

/**
 * A job was done here, but this instance had not renewed its claim for `leaseMs`: the event loop stood still, or Redis was
 * away. Another instance has taken it over, and may do it once more.
 */
export class LeaseLostError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "LeaseLostError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_LEASE_LOST";
  /** The key of the job. */
  readonly key: string;

  /** @internal */
  constructor(key: string) {
    super("Cannot finish the job: it must still belong to this instance, got one that another has taken over");
    this.key = key;
  }
}
