import type { Admission } from "./admission.ts";
import type { Hold } from "./dedup-store.ts";
import { HoldReleaseError } from "./errors.ts";
import type { FailureReports } from "./failure-reports.ts";
import type { HoldBook } from "./hold-book.ts";
import type { HoldKeeper } from "./hold-keeper.ts";
import { type Again, Job, OVER, RELEASING, WAITING } from "./job.ts";
import type { JobTable } from "./job-table.ts";
import { release } from "./store-call.ts";

/** What a job leaves behind, and whom to tell. */
export interface DeparturesParts<Arg> {
  readonly table: JobTable<Arg>;
  readonly keeper: HoldKeeper<Job<Arg>>;
  readonly localHolds: HoldBook;
  readonly reports: FailureReports<Arg>;
  readonly admission: Admission<Arg>;
  /** Called with the job that was remembered for this time. */
  readonly onAgain: (job: Job<Arg>, readyAt: number) => void;
  /** Called for each job that is gone. */
  readonly onGone: () => void;
}

/**
 * How jobs end. The hold and the place in the table go in one step: a key that is free here and still taken in the
 * store, or the other way round, would lose what is scheduled in between.
 */
export class Departures<Arg> {
  readonly #parts: DeparturesParts<Arg>;
  #releasing = 0;

  constructor(parts: DeparturesParts<Arg>) {
    this.#parts = parts;
  }

  /** How many releases the store has not answered. */
  get releasing(): number {
    return this.#releasing;
  }

  /** The job has run. */
  end(job: Job<Arg>): void {
    const again = this.#parts.admission.takeAgain(job);
    if (again === undefined) this.#release(job, job.holdMs === 0 ? 0 : remainingMs(job));
    else this.#handOn(job, again);
  }

  /** The job will not run here. Its key is free at once, but for what remains of the run before it. */
  handBack(job: Job<Arg>): void {
    this.#release(job, job.isTrailing ? remainingMs(job) : 0);
  }

  /** Nobody knows when the job will end: its hold is left to itself. */
  abandon(job: Job<Arg>): void {
    this.#parts.keeper.letGo(job);
    this.#leave(job);
  }

  /** Gives back a hold that nobody needs. */
  returnLate(job: Job<Arg>, hold: Hold): void {
    release(hold, 0).catch((error: unknown) => this.#reportRelease(job, error));
  }

  /** What was remembered waits, under the hold of the run before it, until that would have passed. */
  #handOn(job: Job<Arg>, again: Again<Arg>): void {
    const { table, keeper, onAgain } = this.#parts;
    const next = new Job(job.key, again.arg, again.holdMs);
    next.id = again.id;
    next.state = WAITING;
    next.isTrailing = true;
    next.heldUntil = job.heldUntil;
    keeper.handOver(job, next);
    table.replace(job, next);
    job.state = OVER;
    onAgain(next, next.heldUntil);
  }

  #release(job: Job<Arg>, forMs: number): void {
    const { keeper } = this.#parts;
    const hold = keeper.letGo(job);
    if (hold === undefined) {
      this.#holdLocally(job, forMs);
      this.#leave(job);
      return;
    }
    job.state = RELEASING;
    this.#releasing += 1;
    job.gone = new Promise((resolve) => (job.resolveGone = resolve));
    release(hold, forMs).then(
      () => this.giveUp(job),
      (error: unknown) => {
        this.giveUp(job);
        this.#reportRelease(job, error);
      },
    );
  }

  /** Waits no longer for the store, whether it has answered or the processor has ended. */
  giveUp(job: Job<Arg>): void {
    if (job.state !== RELEASING) return;
    this.#releasing -= 1;
    this.#leave(job);
    job.resolveGone?.();
  }

  /** The store was away when the job was scheduled. A job whose hold was lost blocks its key no longer, and not now. */
  #holdLocally(job: Job<Arg>, forMs: number): void {
    const { localHolds } = this.#parts;
    if (forMs > 0 && job.isCurrent) localHolds.take(job.key, forMs, performance.now());
  }

  #leave(job: Job<Arg>): void {
    job.state = OVER;
    this.#parts.table.leave(job);
    this.#parts.onGone();
  }

  #reportRelease({ key, arg, attempt }: Job<Arg>, error: unknown): void {
    this.#parts.reports.report({ key, arg, error: new HoldReleaseError(key, error), attempt });
  }
}

function remainingMs(job: Job<unknown>): number {
  return Math.max(0, job.heldUntil - performance.now());
}
