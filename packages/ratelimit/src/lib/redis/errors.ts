/** The limiter was closed, before the call or while it waited. Nothing was taken. */
export class RateLimiterClosedError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "RateLimiterClosedError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_RATE_LIMITER_CLOSED";
  /** What was asked of it, such as `"wait"`. */
  readonly action: string;

  /** @internal */
  constructor(action: string) {
    super(`Cannot ${action}: the limiter must be open, got one that is closed`);
    this.action = action;
  }
}
