import { checkChoice, checkFunction, checkNumber, checkOptions, type OptionNames } from "@disp/options";
import { checkAttempt } from "./attempt.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/**
 * How chance spreads a delay, so that those who failed together do not come back together: `"none"` waits the whole
 * delay, `"equal"` half of it and a random part of the other half, `"full"` a random part of the whole.
 */
export type Jitter = "none" | "full" | "equal";

/** Options of {@link exponentialBackoff}. */
export interface ExponentialBackoffOptions {
  /**
   * Milliseconds to wait after the first failure; at least 0.
   *
   * @defaultValue 200
   */
  readonly initialMs?: number | undefined;
  /**
   * What the delay is multiplied by after every further failure; at least 1. With the default, 10 retries wait 5.2 s in
   * all; take 2 to ride out minutes: see `maxRetries`.
   *
   * @defaultValue 1.2
   */
  readonly multiplier?: number | undefined;
  /**
   * No delay is longer than this, in milliseconds; it holds for `initialMs` too.
   *
   * @defaultValue 60_000
   */
  readonly maxMs?: number | undefined;
  /**
   * How often to try again after the first attempt; a whole number of at least 0. `Infinity` never stops.
   *
   * Ten retries with the other defaults wait 5.2 s in all, and with full jitter half of that on average. To ride out
   * minutes, set `multiplier: 2, maxMs: 30_000, maxRetries: 20`: 6 min 51 s.
   *
   * @defaultValue Infinity
   */
  readonly maxRetries?: number | undefined;
  /**
   * How chance spreads the delays. Take `"full"` whenever many clients call one server.
   *
   * @defaultValue "none"
   */
  readonly jitter?: Jitter | undefined;
  /**
   * Where chance comes from: returns a number from 0 up to 1. What lies outside counts as the nearer end.
   *
   * @defaultValue Math.random
   */
  readonly random?: (() => number) | undefined;
}

/** The defaults of {@link exponentialBackoff}. */
export const EXPONENTIAL_BACKOFF_DEFAULTS: {
  readonly [Name in keyof ExponentialBackoffOptions]-?: NonNullable<ExponentialBackoffOptions[Name]>;
} = Object.freeze({
  initialMs: 200,
  multiplier: 1.2,
  maxMs: 60_000,
  maxRetries: Infinity,
  jitter: "none",
  // Looked up at each call, so that a stubbed Math.random counts.
  random: () => Math.random(),
});

const NAMES: OptionNames<ExponentialBackoffOptions> = {
  initialMs: true,
  multiplier: true,
  maxMs: true,
  maxRetries: true,
  jitter: true,
  random: true,
};

const JITTERS: readonly Jitter[] = ["none", "full", "equal"];

/**
 * A policy that waits longer after every failure: `initialMs * multiplier ** (attempt - 1)`, at most `maxMs`. The usual
 * choice for a server that may be overloaded; take {@link fixedDelay} for something that comes back at its own pace.
 *
 * The jitters are those of "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @throws TypeError or RangeError that names the option.
 *
 * @example
 * ```ts
 * import { exponentialBackoff } from "@disp/retry";
 *
 * const policy = exponentialBackoff({ initialMs: 100, multiplier: 2, maxMs: 1_000, maxRetries: 5 });
 * [1, 2, 3, 4, 5, 6].map((attempt) => policy.nextDelayMs(attempt)); // => [100, 200, 400, 800, 1_000, undefined]
 * ```
 */
export function exponentialBackoff(options: ExponentialBackoffOptions = {}): RetryPolicy {
  const { initialMs, multiplier, maxMs, maxRetries, jitter, random } = normalize(options);
  return Object.freeze({
    nextDelayMs(attempt: number): number | undefined {
      checkAttempt(attempt);
      if (attempt > maxRetries) return undefined;
      // Zero times an overflowed power would be NaN. Otherwise Infinity is cut to maxMs.
      const delayMs = initialMs === 0 ? 0 : Math.min(maxMs, initialMs * multiplier ** (attempt - 1));
      return spread(delayMs, jitter, random);
    },
  });
}

function normalize(options: ExponentialBackoffOptions): typeof EXPONENTIAL_BACKOFF_DEFAULTS {
  const action = "create an exponential backoff";
  checkOptions(action, "options", options, NAMES);
  const defaults = EXPONENTIAL_BACKOFF_DEFAULTS;
  const { initialMs = defaults.initialMs, multiplier = defaults.multiplier, maxMs = defaults.maxMs } = options;
  const { maxRetries = defaults.maxRetries, jitter = defaults.jitter, random = defaults.random } = options;
  return {
    initialMs: checkNumber(action, "initialMs", initialMs, { min: 0 }),
    multiplier: checkNumber(action, "multiplier", multiplier, { min: 1 }),
    // However large, a delay stays a number that can be added to a time.
    maxMs: Math.min(checkNumber(action, "maxMs", maxMs, { min: 0, orInfinity: true }), Number.MAX_SAFE_INTEGER),
    maxRetries: checkNumber(action, "maxRetries", maxRetries, { whole: true, min: 0, orInfinity: true }),
    jitter: checkChoice(action, "jitter", jitter, JITTERS),
    random: checkFunction(action, "random", random),
  };
}

function spread(delayMs: number, jitter: Jitter, random: () => number): number {
  switch (jitter) {
    case "none":
      return delayMs;
    case "full":
      return share(random) * delayMs;
    case "equal":
      // Halves of the smallest numbers there are round up.
      return Math.min(delayMs, delayMs / 2 + (share(random) * delayMs) / 2);
  }
}

/** A random source that strays must neither shorten a delay below nothing nor stretch it. NaN waits the whole delay. */
function share(random: () => number): number {
  const drawn = random();
  return drawn <= 1 ? Math.max(0, drawn) : 1;
}
