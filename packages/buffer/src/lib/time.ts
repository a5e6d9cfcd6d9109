import { show } from "@disp/options";

/** @throws TypeError unless `now` is a time. */
export function checkTime(now: number): void {
  if (Number.isFinite(now)) return;
  throw new TypeError(`Cannot use the time: now must be a finite number of milliseconds, got ${show(now)}`);
}

/** Returns a delay that a retry policy, or somebody in its place, chose. @throws RangeError unless it is one. */
export function checkDelay(delayMs: number): number {
  if (typeof delayMs === "number" && delayMs >= 0 && delayMs !== Infinity) return delayMs;
  throw new RangeError(`Cannot retry: the delay must be a finite number >= 0, got ${show(delayMs)}`);
}
