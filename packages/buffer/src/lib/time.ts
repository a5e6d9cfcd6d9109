import { show } from "@disp/options";

/** @throws TypeError unless `now` is a time. */
export function checkTime(now: number): void {
  if (Number.isFinite(now)) return;
  throw new TypeError(`Cannot use the time: now must be a finite number of milliseconds, got ${show(now)}`);
}

/**
 * Returns a delay that a retry policy, or somebody in its place, chose.
 *
 * @param source - Who chose it.
 * @throws TypeError or RangeError unless it is one.
 */
export function checkDelay(source: "nextDelayMs()" | "delayMs", delayMs: number): number {
  if (typeof delayMs === "number" && delayMs >= 0 && delayMs !== Infinity) return delayMs;
  const message = `Cannot retry: the delay must be a finite number >= 0 (${source}), got ${show(delayMs)}`;
  throw typeof delayMs === "number" ? new RangeError(message) : new TypeError(message);
}
