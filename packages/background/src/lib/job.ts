import type { Timed } from "@disp/heap";
import type { Hold } from "./dedup-store.ts";
import type { Run } from "./run.ts";
import type { ScheduleResult } from "./schedule-result.ts";

/** The life of a job, in order. Only a retry leads back, from running to waiting. */
export const ACQUIRING = 0;
/** In the queue, or waiting for its time. */
export const WAITING = 1;
export const RUNNING = 2;
/** Done with; the store is being told. */
export const RELEASING = 3;
export const OVER = 4;
export type JobState = typeof ACQUIRING | typeof WAITING | typeof RUNNING | typeof RELEASING | typeof OVER;

/** What is to be done once the running job of the same key is over. */
export interface Again<Arg> {
  readonly id: number;
  readonly arg: Arg;
  readonly holdMs: number;
}

/** What a key leads to in the {@link JobTable}. */
export interface Entry<Arg> {
  /** Undefined = it has left: the entry is vacant. */
  job: Job<Arg> | undefined;
}

/** A job, from the moment it reserves its key. */
export class Job<Arg> implements Timed {
  readonly key: string;
  readonly arg: Arg;
  readonly holdMs: number;
  state: JobState = ACQUIRING;
  /** By which it blocks its key: set by the {@link JobTable}. */
  entry: Entry<Arg> | undefined = undefined;
  /** Counts up as jobs are scheduled: their order. */
  id = 0;
  attempt = 0;
  /** The present attempt. */
  run: Run | undefined = undefined;
  /** Undefined while it is acquired, when the store was away, and when the hold is lost. */
  hold: Hold | undefined = undefined;
  /** Until when the key must not be scheduled again, whenever the job is over. */
  heldUntil = 0;
  isRenewing = false;
  /** Waits for the hold of the run before it to pass; it has no hold of its own yet. */
  isTrailing = false;
  again: Again<Arg> | undefined = undefined;
  /** What becomes of it, while the store is being asked. */
  answer: Promise<ScheduleResult> | undefined = undefined;
  /** Settles `answer`. */
  resolveAnswer: ((result: ScheduleResult) => void) | undefined = undefined;
  /** Settles `answer`. */
  rejectAnswer: ((error: unknown) => void) | undefined = undefined;
  /** Resolves when the store was told that the job is over, while it is being told. */
  gone: Promise<void> | undefined = undefined;
  /** Settles `gone`. */
  resolveGone: (() => void) | undefined = undefined;
  readyAt = 0;
  heapIndex = -1;
  /** Among the {@link RunningJobs}; -1 = it does not run. */
  place = -1;

  constructor(key: string, arg: Arg, holdMs: number) {
    this.key = key;
    this.arg = arg;
    this.holdMs = holdMs;
  }

  /** Whether it blocks its key. */
  get isCurrent(): boolean {
    return this.entry !== undefined;
  }
}
