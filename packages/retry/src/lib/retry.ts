import { addAbortListener, removeAbortListener } from "@disp/abort";
import { Alarm } from "@disp/alarm";
import { checkFunction, checkOptions, checkPolicy, checkSignal, type OptionNames } from "@disp/options";
import { checkDelay } from "./delay.ts";
import { exponentialBackoff } from "./exponential-backoff.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** Options of {@link retry}. */
export interface RetryOptions {
  /**
   * Decides after each failure whether and when to try again. The default gives up after 5.2 s of waiting at most: see
   * `maxRetries` of {@link exponentialBackoff}.
   *
   * @defaultValue exponentialBackoff with full jitter and 10 retries
   */
  readonly policy?: RetryPolicy | undefined;
  /**
   * Ends the attempts. It wakes a wait at once; an attempt that is running is told through its context, and is waited
   * for.
   *
   * @defaultValue nothing ends them early
   */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link retry} tells each attempt. */
export interface RetryContext {
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The signal that was given to `retry`, to be handed on to whatever the attempt waits for. */
  readonly signal: AbortSignal | undefined;
}

/** The defaults of {@link retry}; there is no signal by default. */
export const RETRY_DEFAULTS: {
  /** Exponential backoff with full jitter, ten times. */
  readonly policy: RetryPolicy;
} = Object.freeze({
  policy: exponentialBackoff({ jitter: "full", maxRetries: 10 }),
});

const NAMES: OptionNames<RetryOptions> = { policy: true, signal: true };

/** The path of the options in messages: a policy, or its options, are what is most often given instead. */
const OPTIONS = "options, such as { policy: exponentialBackoff({ maxRetries: 3 }) },";

/**
 * Runs something until it succeeds, waiting between attempts as a policy says. For a stream of items rather than one
 * call, take a `Dispatcher` of `@disp/core`: it uses the same policies.
 *
 * **Cancellation**:
 * Once `signal` is aborted, no further attempt starts. A wait ends at once, a running attempt is waited for: if it
 * succeeds nevertheless, its result counts; otherwise the promise rejects with `signal.reason`.
 *
 * @param run - One attempt. It fails by throwing or by rejecting: `fetch` resolves with a 500, too, so throw unless
 * `response.ok`.
 * @returns What the first successful attempt returned. Rejects with the last error once the policy stops, with
 * `signal.reason` once aborted, and with what the policy throws.
 * @throws TypeError, as a rejection, when `run` or an option is of the wrong kind; RangeError or TypeError, with the last
 * error as its `cause`, when the policy's answer is no number >= 0.
 *
 * @example
 * ```ts
 * import { fixedDelay, retry } from "@disp/retry";
 *
 * const answer = await retry(
 *   async ({ attempt }) => {
 *     if (attempt < 3) throw new Error("not yet");
 *     return `worked at attempt ${attempt}`;
 *   },
 *   { policy: fixedDelay({ delayMs: 1 }) },
 * );
 * answer; // => "worked at attempt 3"
 * ```
 */
export async function retry<R>(
  run: (context: RetryContext) => R | PromiseLike<R>,
  options: RetryOptions = {},
): Promise<R> {
  checkFunction("retry", "run", run);
  checkOptions("retry", OPTIONS, options, NAMES);
  const { policy = RETRY_DEFAULTS.policy, signal } = options;
  checkPolicy("retry", "policy", policy);
  checkSignal("retry", "signal", signal);
  signal?.throwIfAborted();
  for (let attempt = 1; ; attempt++) {
    try {
      return await run({ attempt, signal });
    } catch (error) {
      signal?.throwIfAborted();
      const delayMs = checkDelay(policy.nextDelayMs(attempt, error), error);
      if (delayMs === undefined) throw error;
      await sleep(delayMs, signal);
    }
  }
}

/** Waits in a turn of its own even for 0 ms, or attempts that fail at once would hold up everything else. */
function sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const now = performance.now();
    const alarm = new Alarm(() => {
      if (signal !== undefined) removeAbortListener(signal, listener);
      resolve();
    });
    const listener = {
      handleAbort: () => {
        alarm.clear();
        reject(signal?.reason);
      },
    };
    // The policy may have aborted it.
    if (signal?.aborted === true) {
      listener.handleAbort();
      return;
    }
    if (signal !== undefined) addAbortListener(signal, listener);
    alarm.set(now + delayMs, now);
  });
}
