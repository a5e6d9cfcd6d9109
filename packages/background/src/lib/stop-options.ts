import { checkNumber, checkOptions, type OptionNames, show } from "@disp/options";

/** How a processor is to be stopped. */
export interface BackgroundStopOptions {
  /**
   * Whether the jobs that wait are still run, retries and pauses included.
   *
   * @defaultValue false: they are handed back, and the running ones are told to end
   */
  readonly drain?: boolean | undefined;
  /**
   * Milliseconds after which no job is started, the running ones are told to end, and those that do not settle within a
   * turn of the event loop are abandoned. At least 0.
   *
   * @defaultValue Infinity
   */
  readonly timeoutMs?: number | undefined;
}

const NAMES: OptionNames<BackgroundStopOptions> = { drain: true, timeoutMs: true };

/** @returns how long stopping may take. */
export function checkStopOptions(options: BackgroundStopOptions): number {
  const { drain, timeoutMs = Infinity } = checkOptions("stop", "options", options, NAMES);
  if (drain !== undefined && typeof drain !== "boolean") {
    throw new TypeError(`Cannot stop: drain must be a boolean, got ${show(drain)}`);
  }
  return checkNumber("stop", "timeoutMs", timeoutMs, { min: 0, orInfinity: true });
}
