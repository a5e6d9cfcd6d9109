import { signalOf } from "@disp/options";
import type { WaitOptions } from "@disp/sync-queue";

/** Checks the options of a call that waits. @throws the signal's reason when it is aborted already. */
export function mustBeLive(action: string, options: WaitOptions): void {
  signalOf(action, options)?.throwIfAborted();
}
