import { show } from "@disp/options";

/**
 * Returns what a policy has answered, if that is a delay or "stop": a timer takes everything else for 0.
 *
 * @param error - What the last attempt failed with: nobody else will hear of it.
 */
export function checkDelay(delayMs: number | undefined, error: unknown): number | undefined {
  if (delayMs === undefined || (typeof delayMs === "number" && delayMs >= 0 && delayMs < Infinity)) return delayMs;
  const message = `Cannot retry: policy.nextDelayMs() must be a number >= 0 or undefined, got ${show(delayMs)}`;
  throw typeof delayMs === "number"
    ? new RangeError(message, { cause: error })
    : new TypeError(message, { cause: error });
}
