/** The tokens can never be had, or not in the time allowed. Nothing was taken. */
export class RateLimitExceededError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "RateLimitExceededError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_RATE_LIMIT_EXCEEDED";
  /** The tokens asked for. */
  readonly n: number;
  /** Milliseconds it would have taken; Infinity = for ever. */
  readonly waitMs: number;

  /** @internal */
  constructor(n: number, waitMs: number, maxWaitMs: number, whyNever?: string) {
    const tokens = `${n} ${n === 1 ? "token" : "tokens"}`;
    const never = whyNever ?? `${tokens} must become available at some time, got a limit that never allows it`;
    const late = `${tokens} must be available within ${maxWaitMs} ms (maxWaitMs), got a wait of ${Math.ceil(waitMs)} ms`;
    super(`Cannot wait: ${waitMs === Infinity ? never : late}`);
    this.n = n;
    this.waitMs = waitMs;
  }
}
