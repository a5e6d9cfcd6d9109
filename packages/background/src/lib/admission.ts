import type { Hold } from "./dedup-store.ts";
import type { HoldBook } from "./hold-book.ts";
import type { HoldKeeper } from "./hold-keeper.ts";
import { ACQUIRING, type Again, type Follower, Job, OVER, RUNNING, WAITING } from "./job.ts";
import type { JobTable } from "./job-table.ts";
import type { ResolvedOptions } from "./options.ts";
import { REFUSED, type RefusalReason, SCHEDULED, type ScheduleResult } from "./schedule-result.ts";
import type { Tally } from "./stats.ts";
import { callStore } from "./store-call.ts";

/** What decides whether a job gets in, and whom to tell. */
export interface AdmissionParts<Arg> {
  readonly options: Pick<ResolvedOptions<Arg>, "dedup" | "whenStoreFails" | "whileRunning">;
  readonly table: JobTable<Arg>;
  readonly keeper: HoldKeeper<Job<Arg>>;
  /** Keys taken without the store, while it was away. */
  readonly localHolds: HoldBook;
  readonly tally: Tally;
  /** Called for each job that is scheduled. */
  readonly onAdmitted: (job: Job<Arg>) => void;
  /** Called when the store has answered, whatever it said. */
  readonly onAnswered: () => void;
  /** Called with a hold that came too late: nobody needs it. */
  readonly onLate: (job: Job<Arg>, hold: Hold) => void;
}

/**
 * Decides over calls of `schedule`: by what is known here, and then, with the key reserved, by what the store says.
 * Whoever asks for a key that is being asked for waits for the same answer.
 */
export class Admission<Arg> {
  readonly #parts: AdmissionParts<Arg>;
  #scheduled = 0;
  #asking = 0;
  #remembered = 0;

  constructor(parts: AdmissionParts<Arg>) {
    this.#parts = parts;
  }

  /** How many calls of the store have not been answered. */
  get asking(): number {
    return this.#asking;
  }

  /** How many jobs wait for the running job of their key to end. */
  get remembered(): number {
    return this.#remembered;
  }

  schedule(key: string, arg: Arg, holdMs: number): Promise<ScheduleResult> {
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

  /** The job is gone: who waited for that may try. */
  letFollow(job: Job<Arg>): void {
    const { followers } = job;
    if (followers === undefined) return;
    job.followers = undefined;
    for (const { arg, holdMs, resolve } of followers) resolve(this.schedule(job.key, arg, holdMs));
  }

  /** Answers all who wait for the store: they come too late. */
  turnAllAway(): void {
    for (const job of this.#parts.table) {
      if (job.state === ACQUIRING) this.#turnAway(job, "stopped");
      else this.#answerFollowers(job, "stopped");
    }
  }

  #follow(job: Job<Arg>, arg: Arg, holdMs: number): Promise<ScheduleResult> {
    if (job.state === WAITING) return this.refuse("queued");
    if (job.state === RUNNING) {
      return this.#parts.options.whileRunning === "drop" ? this.refuse("running") : this.#remember(job, arg, holdMs);
    }
    // The store is being asked, or told, about the key: what it says decides.
    return new Promise((resolve, reject) => {
      job.followers ??= [];
      job.followers.push({ arg, holdMs, resolve, reject });
    });
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
    this.#asking += 1;
    const answer = new Promise(catchSettlers);
    job.resolve = caught.resolve;
    job.reject = caught.reject;
    callStore(() => options.dedup.acquire(job.key, keeper.ttlMs(job.holdMs))).then(
      (hold) => this.#onAnswer(job, hold),
      (error: unknown) => this.#onStoreFailure(job, error),
    );
    return answer;
  }

  #onAnswer(job: Job<Arg>, hold: Hold | undefined): void {
    this.#asking -= 1;
    if (job.state !== ACQUIRING) {
      if (hold !== undefined) this.#parts.onLate(job, hold);
    } else if (hold === undefined) this.#turnAway(job, "held");
    else this.#admit(job, hold);
    this.#parts.onAnswered();
  }

  #onStoreFailure(job: Job<Arg>, error: unknown): void {
    this.#asking -= 1;
    this.#parts.tally.storeFailures += 1;
    if (job.state === ACQUIRING) {
      const { whenStoreFails } = this.#parts.options;
      if (whenStoreFails === "schedule-locally") this.#admit(job, undefined);
      else if (whenStoreFails === "refuse") this.#turnAway(job, "store-unavailable");
      else this.#rejectAll(job, error);
    }
    this.#parts.onAnswered();
  }

  #admit(job: Job<Arg>, hold: Hold | undefined): void {
    const { keeper, tally, onAdmitted } = this.#parts;
    const now = performance.now();
    job.state = WAITING;
    job.id = this.#scheduled++;
    // Counted from the answer: from then on at the latest the store counts, too.
    job.heldUntil = now + job.holdMs;
    if (hold !== undefined) keeper.keep(job, hold, now + keeper.ttlMs(job.holdMs), now);
    tally.scheduled += 1;
    job.resolve?.(SCHEDULED);
    forgetCaller(job);
    this.#answerFollowers(job, "queued");
    onAdmitted(job);
  }

  #turnAway(job: Job<Arg>, reason: RefusalReason): void {
    this.#parts.table.leave(job);
    this.#parts.tally.refused[reason] += 1;
    job.state = OVER;
    job.resolve?.(REFUSED[reason]);
    forgetCaller(job);
    this.#answerFollowers(job, reason);
  }

  #answerFollowers(job: Job<Arg>, reason: RefusalReason): void {
    for (const { resolve } of takeFollowers(job)) {
      this.#parts.tally.refused[reason] += 1;
      resolve(REFUSED[reason]);
    }
  }

  #rejectAll(job: Job<Arg>, error: unknown): void {
    this.#parts.table.leave(job);
    job.state = OVER;
    job.reject?.(error);
    forgetCaller(job);
    for (const { reject } of takeFollowers(job)) reject(error);
  }
}

interface Settlers {
  resolve: (result: ScheduleResult) => void;
  reject: (error: unknown) => void;
}

// One executor for all promises: it hands over what the constructor gives, before anybody else can come in between.
const caught: Settlers = { resolve: () => undefined, reject: () => undefined };
const catchSettlers = (resolve: Settlers["resolve"], reject: Settlers["reject"]): void => {
  caught.resolve = resolve;
  caught.reject = reject;
};

function forgetCaller(job: Job<unknown>): void {
  job.resolve = undefined;
  job.reject = undefined;
}

function takeFollowers<Arg>(job: Job<Arg>): readonly Follower<Arg>[] {
  const { followers } = job;
  if (followers === undefined) return NOBODY;
  job.followers = undefined;
  return followers;
}

const NOBODY: readonly [] = [];
