import { checkWaitOptions, checkSignal, type OptionNames } from "@disp/options";
import type { WaitOptions } from "@disp/sync-queue";

const NAMES: OptionNames<WaitOptions> = { signal: true };

/** Checks the options of a call that waits. @throws the signal's reason when it is aborted already. */
export function mustBeLive(action: string, options: WaitOptions): void {
  const { signal } = checkWaitOptions(action, "options", options, NAMES);
  checkSignal(action, "signal", signal)?.throwIfAborted();
}
