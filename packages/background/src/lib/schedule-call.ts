import { checkNumber, checkObject, show } from "@disp/options";

/** Options of one call of `schedule`. */
export interface ScheduleOptions {
  /**
   * Milliseconds, whole or fractional, for which the key is taken at least, counted from when it was given; however long
   * that is, it stays taken until the job is over.
   *
   * @defaultValue 0: until the job is over
   */
  readonly holdMs?: number | undefined;
}

export function checkKey(key: string): string {
  if (typeof key !== "string") throw new TypeError(`Cannot schedule: key must be a string, got ${show(key)}`);
  return key;
}

const ANY_HOLD = { min: 0 };

/** @param rule - Which holds can be kept. */
export function checkHoldMs(
  options: ScheduleOptions | undefined,
  defaultMs: number,
  rule: { readonly min: number; readonly max?: number } = ANY_HOLD,
): number {
  if (options === undefined) return defaultMs;
  const { holdMs = defaultMs } = checkObject("schedule", "options", options);
  return checkNumber("schedule", "holdMs", holdMs, rule);
}
