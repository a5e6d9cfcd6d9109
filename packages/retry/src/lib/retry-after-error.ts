import { checkNumber, checkOptions, type OptionNames } from "@disp/options";

/** Options of a {@link RetryAfterError}. */
export interface RetryAfterErrorOptions {
  /** Milliseconds from now until another attempt may succeed; finite, at least 0. */
  readonly retryAfterMs: number;
  /** What led to this error, as in any `Error`. */
  readonly cause?: unknown;
}

const NAMES: OptionNames<RetryAfterErrorOptions> = { retryAfterMs: true, cause: true };

/**
 * A failure that knows when another attempt may succeed. Throw it where you learn that from something else than an HTTP
 * header, and let {@link honorRetryAfter} read it.
 *
 * @example
 * ```ts
 * import { fixedDelay, honorRetryAfter, RetryAfterError } from "@disp/retry";
 *
 * const policy = honorRetryAfter(fixedDelay({ delayMs: 100 }));
 * policy.nextDelayMs(1, new RetryAfterError("Over quota", { retryAfterMs: 3_000 })); // => 3_000
 * ```
 */
export class RetryAfterError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "RetryAfterError";
  /** What to recognise this error by, also across copies of this package. */
  readonly code = "DISP_RETRY_AFTER";
  /** Milliseconds, from when the error was made, until another attempt may succeed. */
  readonly retryAfterMs: number;

  /**
   * Makes the error.
   *
   * @throws TypeError or RangeError when `retryAfterMs` is no finite number of at least 0.
   */
  constructor(message: string, options: RetryAfterErrorOptions) {
    checkOptions("create a RetryAfterError", "options", options, NAMES);
    // An error without a cause must not have one that is undefined.
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.retryAfterMs = checkNumber("create a RetryAfterError", "retryAfterMs", options.retryAfterMs, { min: 0 });
  }
}
