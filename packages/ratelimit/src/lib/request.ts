import { checkNumber, checkWaitOptions, checkSignal, type OptionNames } from "@disp/options";
import type { RateLimitWaitOptions } from "./limiter.ts";

const WAIT_NAMES: OptionNames<RateLimitWaitOptions> = { signal: true, maxWaitMs: true };

/** @throws TypeError or RangeError unless `n` is a finite number greater than 0 and `now` a finite number. */
export function checkRequest(action: string, n: number, now: number): void {
  // The usual case costs a few comparisons; the message is made only for those who need one.
  const isFine = typeof n === "number" && n > 0 && n < Infinity && typeof now === "number" && Number.isFinite(now);
  if (isFine) return;
  checkNumber(action, "n", n, { above: 0 });
  checkNumber(action, "now", now);
}

/** @throws TypeError or RangeError unless the options of a wait are right. */
export function checkWait(options: RateLimitWaitOptions): void {
  const { signal, maxWaitMs } = checkWaitOptions("wait", "options", options, WAIT_NAMES);
  checkSignal("wait", "signal", signal);
  if (maxWaitMs !== undefined) checkNumber("wait", "maxWaitMs", maxWaitMs, { min: 0, orInfinity: true });
}
