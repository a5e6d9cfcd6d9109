import type { Hold } from "./dedup-store.ts";
import type { FailureReports } from "./failure-reports.ts";
import type { HoldBook } from "./hold-book.ts";
import type { HoldKeeper } from "./hold-keeper.ts";
import { type Again, Job, OVER, RUNNING, WAITING } from "./job.ts";
import type { JobTable } from "./job-table.ts";
import type { ResolvedOptions } from "./options.ts";
import { REFUSED, type RefusalReason, SCHEDULED, type ScheduleResult } from "./schedule-result.ts";
import type { Tally } from "./stats.ts";
import { acquire } from "./store-call.ts";

const DONE: Promise<void> = Promise.resolve();
const ADMITTED: Promise<ScheduleResult> = Promise.resolve(SCHEDULED);

/** What decides whether a job gets in, and whom to tell. */
export interface AdmissionParts<Arg> {
  readonly options: Pick<ResolvedOptions<Arg>, "dedup" | "whenStoreFails" | "whileRunning">;
  readonly table: JobTable<Arg>;
  readonly keeper: HoldKeeper<Job<Arg>>;
  /** Keys taken without the store, while it was away. */
  readonly localHolds: HoldBook;
  readonly tally: Tally;
  readonly reports: FailureReports<Arg>;
  /** Called for each job that is scheduled. */
  readonly onAdmitted: (job: Job<Arg>) => void;
  /** Called when somebody who waited for the store may not have been let in. */
  readonly onTurnedAway: () => void;
  /** Called with a hold that came too late: nobody needs it. */
  readonly onLate: (job: Job<Arg>, hold: Hold) => void;
}

/**
 * Decides over calls of `schedule`: by what is known here, and then, with the key reserved, by what the store says.
 * Whoever wants a key that is being asked for waits for the same answer.
 */
export class Admission<Arg> {
  readonly #parts: AdmissionParts<Arg>;
  #scheduled = 0;
  #asking = 0;
  #remembered = 0;
  #isShut = false;

  constructor(parts: AdmissionParts<Arg>) {
    this.#parts = parts;
  }

  /** How many wait for the store, which may let them in. */
  get asking(): number {
    return this.#asking;
  }

  /** How many jobs wait for the running job of their key to end. */
  get remembered(): number {
    return this.#remembered;
  }

  schedule(key: string, arg: Arg, holdMs: number): Promise<ScheduleResult> {
    if (this.#isShut) return this.refuse("stopped");
    const { table, localHolds } = this.#parts;
    const job = table.get(key);
    if (job !== undefined) return this.#follow(job, arg, holdMs);
    if (localHolds.size > 0 && localHolds.isHeld(key, performance.now())) return this.refuse("held");
    return this.#ask(new Job(key, arg, holdMs));
  }

  refuse(reason: RefusalReason): Promise<ScheduleResult> {
    this.#parts.tally.refused[reason] += 1;
    return Promise.resolve(REFUSED[reason]);
  }

  /** Takes what is to be done after this job. */
  takeAgain(job: Job<Arg>): Again<Arg> | undefined {
    const { again } = job;
    if (again === undefined) return undefined;
    job.again = undefined;
    this.#remembered -= 1;
    return again;
  }

  /** Nobody gets in any more, whoever waits for the store included. */
  shut(): void {
    this.#isShut = true;
  }

  #follow(job: Job<Arg>, arg: Arg, holdMs: number): Promise<ScheduleResult> {
    if (job.state === WAITING) return this.refuse("queued");
    if (job.state === RUNNING) {
      return this.#parts.options.whileRunning === "drop" ? this.refuse("running") : this.#remember(job, arg, holdMs);
    }
    // The store is being asked, or told, about the key: what it says decides.
    if (job.answer !== undefined) return job.answer.then((result) => this.#sameAs(result));
    this.#asking += 1;
    return (job.gone ?? DONE).then(() => this.#askAfter(job, arg, holdMs));
  }

  /** Counts as asking until it asks itself, so that nobody takes the processor for drained in between. */
  #askAfter(job: Job<Arg>, arg: Arg, holdMs: number): Promise<ScheduleResult> {
    this.#asking -= 1;
    const answer = this.schedule(job.key, arg, holdMs);
    this.#parts.onTurnedAway();
    return answer;
  }

  /** The answer for whoever asked for the same key while the store was being asked. */
  #sameAs(result: ScheduleResult): Promise<ScheduleResult> {
    return this.refuse(result.scheduled ? "queued" : result.reason);
  }

  #remember(job: Job<Arg>, arg: Arg, holdMs: number): Promise<ScheduleResult> {
    if (job.again === undefined) this.#remembered += 1;
    const id = job.again?.id ?? this.#scheduled++;
    job.again = { id, arg, holdMs };
    this.#parts.tally.scheduled += 1;
    return Promise.resolve(SCHEDULED);
  }

  #ask(job: Job<Arg>): Promise<ScheduleResult> {
    const { options, table, keeper } = this.#parts;
    table.enter(job);
    // Without a store, what is known here is all there is to know.
    if (options.dedup === undefined) {
      this.#admit(job, undefined);
      return ADMITTED;
    }
    this.#asking += 1;
    const answer = new Promise<ScheduleResult>(executor);
    job.answer = answer;
    job.resolveAnswer = latestResolve;
    job.rejectAnswer = latestReject;
    acquire(options.dedup, job.key, keeper.ttlMs(job.holdMs)).then(
      (hold) => this.#onAnswer(job, hold),
      (error: unknown) => this.#onStoreFailure(job, error),
    );
    return answer;
  }

  /**
   * Asks for the key of a job whose hold has ended, for the process stood still. Without it the job goes on: it blocks its
   * key here as before, whatever others do.
   */
  acquireAgain(job: Job<Arg>): void {
    const { options, keeper, onLate } = this.#parts;
    const isStillThere = (): boolean => job.isCurrent && (job.state === WAITING || job.state === RUNNING);
    if (options.dedup === undefined || !isStillThere()) return;
    const ms = keeper.ttlMs(Math.max(0, job.heldUntil - performance.now()));
    acquire(options.dedup, job.key, ms).then(
      (hold) => {
        if (hold === undefined) return;
        if (isStillThere() && job.hold === undefined) keeper.keep(job, hold);
        else onLate(job, hold);
      },
      () => undefined,
    );
  }

  /** The processor has ended, and the store has not answered: whoever waits for it is told so. */
  giveUp(job: Job<Arg>): void {
    this.#asking -= 1;
    this.#turnAway(job, "stopped");
  }

  #onAnswer(job: Job<Arg>, hold: Hold | undefined): void {
    const wasGivenUp = job.state === OVER;
    if (!wasGivenUp) this.#asking -= 1;
    if (hold !== undefined && this.#isShut) this.#parts.onLate(job, hold);
    if (wasGivenUp) return;
    if (hold === undefined) this.#turnAway(job, "held");
    else if (this.#isShut) this.#turnAway(job, "stopped");
    else this.#admit(job, hold);
  }

  #onStoreFailure(job: Job<Arg>, error: unknown): void {
    this.#parts.tally.storeFailures += 1;
    if (job.state === OVER) return;
    this.#asking -= 1;
    const { whenStoreFails } = this.#parts.options;
    if (this.#isShut) this.#turnAway(job, "stopped");
    else if (whenStoreFails === "schedule-locally") {
      this.#parts.reports.reportStore(error);
      this.#admit(job, undefined);
    } else if (whenStoreFails === "refuse") this.#turnAway(job, "store-unavailable");
    else {
      job.rejectAnswer?.(error);
      this.#leave(job);
    }
  }

  #admit(job: Job<Arg>, hold: Hold | undefined): void {
    const { keeper, tally, onAdmitted } = this.#parts;
    job.state = WAITING;
    job.answer = undefined;
    job.id = this.#scheduled++;
    // Counted from the answer: from then on at the latest the store counts, too.
    if (job.holdMs > 0) job.heldUntil = performance.now() + job.holdMs;
    if (hold !== undefined) keeper.keep(job, hold);
    tally.scheduled += 1;
    // In this order: who was told that it is scheduled finds it running, if there was an idle slot.
    onAdmitted(job);
    job.resolveAnswer?.(SCHEDULED);
  }

  #turnAway(job: Job<Arg>, reason: RefusalReason): void {
    this.#parts.tally.refused[reason] += 1;
    job.resolveAnswer?.(REFUSED[reason]);
    this.#leave(job);
  }

  #leave(job: Job<Arg>): void {
    job.state = OVER;
    this.#parts.table.leave(job);
    this.#parts.onTurnedAway();
  }
}

/** What the executor below was given last: promises made with one shared executor cost no closure each. */
let latestResolve: (result: ScheduleResult) => void;
let latestReject: (error: unknown) => void;

function executor(resolve: (result: ScheduleResult) => void, reject: (error: unknown) => void): void {
  latestResolve = resolve;
  latestReject = reject;
}
