import { checkBoolean, checkNumber, checkWaitOptions, checkSignal, type OptionNames } from "@disp/options";
import type { WaitOptions } from "@disp/sync-queue";

/** Options of `WorkerPool.quit`. */
export interface QuitOptions extends WaitOptions {
  /**
   * Whether the tasks that wait are done first; otherwise they are handed back and those that run are told to stop.
   *
   * @defaultValue false
   */
  readonly drain?: boolean | undefined;
  /**
   * Milliseconds until the pool gives up what is not done: it hands back what waits, aborts what runs and waits no more.
   *
   * @defaultValue Infinity
   */
  readonly timeoutMs?: number | undefined;
}

/** Options of `quit` as the pool uses them. */
export interface ResolvedQuit extends WaitOptions {
  readonly drain: boolean;
  readonly timeoutMs: number;
}

const NAMES: OptionNames<QuitOptions> = { signal: true, drain: true, timeoutMs: true };

/** @throws TypeError or RangeError when a pool cannot quit so. */
export function resolveQuit(options: QuitOptions): ResolvedQuit {
  const { drain = false, timeoutMs = Infinity, signal } = checkWaitOptions("quit", "options", options, NAMES);
  return {
    drain: checkBoolean("quit", "drain", drain),
    timeoutMs: checkNumber("quit", "timeoutMs", timeoutMs, { min: 0, orInfinity: true }),
    signal: checkSignal("quit", "signal", signal),
  };
}
