import type { RefusalReason } from "./schedule-result.ts";

/** What a {@link BackgroundProcessor} is doing and has done. */
export interface BackgroundStats {
  /** `"open"` takes jobs; `"draining"` and `"stopping"` are after a call of `stop`; `"stopped"` is over. */
  readonly state: "open" | "draining" | "stopping" | "stopped";
  /** Jobs that wait to be started, those that wait for their time included: what `stop()` would hand back. */
  readonly queued: number;
  /** Jobs that run. */
  readonly running: number;
  /** Holds that are kept in the store for jobs that wait or run; 0 without a store. */
  readonly held: number;
  /** Calls of `schedule` that scheduled a job. */
  readonly scheduled: number;
  /** Calls of `schedule` that did not, by reason. */
  readonly refused: Readonly<Record<RefusalReason, number>>;
  /** Calls of `schedule` for which the store failed, whatever came of it. */
  readonly storeFailures: number;
  /** Jobs that succeeded. */
  readonly completed: number;
  /** Jobs that were given up after their last attempt. */
  readonly failed: number;
  /** Attempts after the first one. */
  readonly retries: number;
  /** Jobs nobody waited for any longer when the time to stop was over. */
  readonly abandoned: number;
}

/** The counters behind {@link BackgroundStats}. */
export class Tally {
  scheduled = 0;
  storeFailures = 0;
  completed = 0;
  failed = 0;
  retries = 0;
  abandoned = 0;
  readonly refused: Record<RefusalReason, number> = {
    queued: 0,
    running: 0,
    held: 0,
    "store-unavailable": 0,
    stopped: 0,
  };
}
