import { checkNumber, checkOptions, type OptionNames } from "@disp/options";
import { checkAttempt } from "./attempt.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** Options of {@link fixedDelay}. */
export interface FixedDelayOptions {
  /** Milliseconds between one attempt and the next; at least 0. */
  readonly delayMs: number;
  /**
   * How often to try again after the first attempt; a whole number of at least 0. `Infinity` never stops.
   *
   * @defaultValue Infinity
   */
  readonly maxRetries?: number | undefined;
}

/** The defaults of {@link fixedDelay}; `delayMs` has none. */
export const FIXED_DELAY_DEFAULTS: { readonly [Name in "maxRetries"]: NonNullable<FixedDelayOptions[Name]> } =
  Object.freeze({ maxRetries: Infinity });

const NAMES: OptionNames<FixedDelayOptions> = { delayMs: true, maxRetries: true };

/**
 * A policy that always waits the same time. Take {@link exponentialBackoff} where many may fail at once, for they would
 * all come back at once.
 *
 * @throws TypeError or RangeError that names the option.
 *
 * @example
 * ```ts
 * import { fixedDelay } from "@disp/retry";
 *
 * const policy = fixedDelay({ delayMs: 500, maxRetries: 2 });
 * [1, 2, 3].map((attempt) => policy.nextDelayMs(attempt)); // => [500, 500, undefined]
 * ```
 */
export function fixedDelay(options: FixedDelayOptions): RetryPolicy {
  const action = "create a fixed delay";
  checkOptions(action, "options", options, NAMES);
  const { delayMs, maxRetries = FIXED_DELAY_DEFAULTS.maxRetries } = options;
  checkNumber(action, "delayMs", delayMs, { min: 0 });
  checkNumber(action, "maxRetries", maxRetries, { whole: true, min: 0, orInfinity: true });
  return Object.freeze({
    nextDelayMs(attempt: number): number | undefined {
      checkAttempt(attempt);
      return attempt > maxRetries ? undefined : delayMs;
    },
  });
}
