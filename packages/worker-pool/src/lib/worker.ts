import type { Job } from "./job.ts";
import type { RunContext } from "./run-context.ts";

/** Told when the attempt that a worker was at has settled. */
export type OnSettled<W> = (worker: Worker<W>, succeeded: boolean, outcome: unknown) => void;

/**
 * A worker and what it is at. It takes one job at a time and has it until the attempt settles, so its two callbacks are
 * made once and serve all its jobs.
 */
export class Worker<W> {
  readonly resource: W;
  /** What it is at; undefined while it is idle. */
  job: Job<W> | undefined = undefined;
  context: RunContext<W> | undefined = undefined;
  /** Calls that it has been handed as well, in order. */
  readonly ahead: Job<W>[] = [];
  startedAt = 0;
  /** When its attempt has taken too long; Infinity = never, or it has been told. */
  timesOutAt: number = Infinity;
  /** Its attempt has taken too long and does not settle: nobody waits for it. */
  isOverdue = false;
  /** It does not settle, though it has had as much time again: nobody counts on it. */
  isStuck = false;
  /** It has not had a job yet. */
  isFresh = true;
  /** It belongs to the pool no more. */
  isDismissed = false;
  readonly onFulfilled: (value: unknown) => void;
  readonly onRejected: (reason: unknown) => void;

  constructor(resource: W, onSettled: OnSettled<W>) {
    this.resource = resource;
    this.onFulfilled = (value) => onSettled(this, true, value);
    this.onRejected = (reason) => onSettled(this, false, reason);
  }

  begin(job: Job<W>, context: RunContext<W>, now: number): void {
    this.isFresh = false;
    this.job = job;
    this.context = context;
    this.startedAt = now;
    this.timesOutAt = now + job.terms.timeoutMs;
  }

  end(): void {
    this.job = undefined;
    this.context = undefined;
    this.timesOutAt = Infinity;
    this.isOverdue = false;
    this.isStuck = false;
  }
}
