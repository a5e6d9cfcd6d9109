import { checkNumber, checkWaitOptions, checkSignal, type OptionNames } from "@disp/options";
import type { WaitOptions } from "@disp/sync-queue";

/** How long `drain` may take. */
export interface DrainOptions extends WaitOptions {
  /**
   * Milliseconds after which everything is called off: what is buffered is dropped (`"aborted"`), running sends are
   * aborted, and those that do not settle within a turn of the event loop are abandoned. At least 0.
   *
   * @defaultValue Infinity
   */
  readonly timeoutMs?: number | undefined;
}

const NAMES: OptionNames<DrainOptions> = { timeoutMs: true, signal: true };

export function checkDrain(options: DrainOptions): { timeoutMs: number; signal: AbortSignal | undefined } {
  const { timeoutMs = Infinity, signal } = checkWaitOptions("drain", "options", options, NAMES);
  checkNumber("drain", "timeoutMs", timeoutMs, { min: 0, orInfinity: true });
  return { timeoutMs, signal: checkSignal("drain", "signal", signal) };
}
