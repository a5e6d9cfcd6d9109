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
  constructor(n: number, waitMs: number, maxWaitMs: number) {
    const rule =
      waitMs === Infinity ? "must become available at some time" : `must be available within ${maxWaitMs} ms`;
    const finding = waitMs === Infinity ? "a limit that never allows it" : `a wait of ${Math.ceil(waitMs)} ms`;
    super(`Cannot wait: ${n} ${n === 1 ? "token" : "tokens"} ${rule}, got ${finding}`);
    this.n = n;
    this.waitMs = waitMs;
  }
}
