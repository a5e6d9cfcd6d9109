/**
 * Why a job was not scheduled.
 *
 * - `"queued"`: a job of its key waits here already; its argument counts, not this one.
 * - `"running"`: a job of its key runs here, and `whileRunning` is `"drop"`.
 * - `"held"`: its key is taken: the hold of a job before it lasts on, or another processor has it.
 * - `"store-unavailable"`: the store failed, and `whenStoreFails` is `"refuse"`.
 * - `"stopped"`: the processor was stopped.
 */
export type RefusalReason = "queued" | "running" | "held" | "store-unavailable" | "stopped";

/** What became of a call of `schedule`. */
export type ScheduleResult =
  | {
      /** The job will run, unless the processor is stopped before: then it comes back from `stop`. */
      readonly scheduled: true;
    }
  | {
      /** Nothing was scheduled by this call. */
      readonly scheduled: false;
      /** Why not. */
      readonly reason: RefusalReason;
    };

export const SCHEDULED: ScheduleResult = Object.freeze({ scheduled: true });

/** One answer for all who are refused for the same reason. */
export const REFUSED: { readonly [Reason in RefusalReason]: ScheduleResult } = Object.freeze({
  queued: refusal("queued"),
  running: refusal("running"),
  held: refusal("held"),
  "store-unavailable": refusal("store-unavailable"),
  stopped: refusal("stopped"),
});

function refusal(reason: RefusalReason): ScheduleResult {
  return Object.freeze({ scheduled: false, reason });
}
