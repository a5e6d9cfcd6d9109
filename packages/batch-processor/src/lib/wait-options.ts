import { checkOptions, checkSignal, type OptionNames } from "@disp/options";
import type { WaitOptions } from "@disp/sync-queue";

const NAMES: OptionNames<WaitOptions> = { signal: true };

/** The signal of a call that waits. @throws TypeError when it is none, or when there are options but no signal that is known. */
export function signalOf(action: string, options: WaitOptions): AbortSignal | undefined {
  const signal = (options as WaitOptions | null)?.signal;
  // Without the one that is known, there may be one that is misspelled.
  if (signal === undefined) checkOptions(action, "options", options, NAMES);
  return checkSignal(action, "signal", signal);
}
