import { checkWaitOptions, checkSignal, type OptionNames } from "@disp/options";
import type { WaitOptions } from "@disp/sync-queue";

const NAMES: OptionNames<WaitOptions> = { signal: true };

/** The signal of a call that waits. @throws TypeError when it is none, or when an option has no such name. */
export function signalOf(action: string, options: WaitOptions): AbortSignal | undefined {
  return checkSignal(action, "signal", checkWaitOptions(action, "options", options, NAMES).signal);
}
