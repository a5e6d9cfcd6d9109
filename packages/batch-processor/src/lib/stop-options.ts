import { checkNumber, checkOptions, type OptionNames } from "@disp/options";

/** Options of `stop`. */
export interface BatchStopOptions {
  /**
   * Milliseconds after which nothing is waited for any longer.
   *
   * @defaultValue Infinity
   */
  readonly timeoutMs?: number | undefined;
}

const NAMES: OptionNames<BatchStopOptions> = { timeoutMs: true };

/** @returns how long stopping may take. */
export function checkStopOptions(options: BatchStopOptions): number {
  const { timeoutMs = Infinity } = checkOptions("stop", "options", options, NAMES);
  return checkNumber("stop", "timeoutMs", timeoutMs, { min: 0, orInfinity: true });
}
