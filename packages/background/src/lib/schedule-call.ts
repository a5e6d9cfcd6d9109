import { checkNumber, checkOptions, type OptionNames, show } from "@disp/options";

/** Options of one call of `schedule`. */
export interface ScheduleOptions {
  /**
   * Milliseconds, whole or fractional, for which the key is taken at least, counted from when it was given; however long
   * that is, it stays taken until the job is over. A job that has failed for good keeps it, too.
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
const NAMES: OptionNames<ScheduleOptions> = { holdMs: true };

/** @param rule - Which holds can be kept. */
export function checkHoldMs(
  options: ScheduleOptions | undefined,
  defaultMs: number,
  rule: { readonly min: number; readonly max?: number } = ANY_HOLD,
): number {
  if (options === undefined) return defaultMs;
  const holdMs = (options as ScheduleOptions | null)?.holdMs;
  if (holdMs !== undefined) return checkNumber("schedule", "holdMs", holdMs, rule);
  // Without the one that is known, there may be one that is misspelled.
  checkOptions("schedule", "options", options, NAMES);
  return defaultMs;
}
