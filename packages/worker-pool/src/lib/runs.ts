import { retryDelay } from "@disp/hooks";
import { Ahead, callable, callWorker } from "./ahead.ts";
import { TaskTimeoutError } from "./errors.ts";
import type { TaskFailure } from "./failure.ts";
import { Histogram } from "./histogram.ts";
import type { Job } from "./job.ts";
import type { JobLine } from "./job-line.ts";
import { CallNotBegunError } from "./call-not-begun-error.ts";
import { RunContext } from "./run-context.ts";
import type { Worker } from "./worker.ts";

/** How many tasks ended in which way. */
export interface Tally {
  completed: number;
  failed: number;
}

/**
 * Attempts: it starts jobs at workers and decides what becomes of a job when its attempt settles, takes too long or is
 * called off. What becomes of the worker is decided elsewhere: it is free when the attempt settles, and not before.
 */
export class Runs<W> {
  readonly #line: JobLine<W>;
  readonly #onFailure: (failure: TaskFailure<W>) => void;
  /** Calls that wait at workers. */
  readonly ahead: Ahead<W>;
  readonly waits: Histogram = new Histogram();
  readonly times: Histogram = new Histogram();
  /** Since the pool was made. */
  readonly total: Tally = { completed: 0, failed: 0 };
  /** Since it was last run. */
  readonly recent: Tally = { completed: 0, failed: 0 };
  timedOut = 0;
  retries = 0;
  /** Attempts that took too long and have not settled. */
  overdue = 0;
  /** Why the pool stops, once it does: what fails from then on has failed for good. */
  #stoppedBy: { readonly reason: unknown } | undefined = undefined;
  /** No attempt times out before this; it may be earlier than the first that does. */
  nextTimeoutAt: number = Infinity;

  constructor(line: JobLine<W>, onFailure: (failure: TaskFailure<W>) => void) {
    this.#line = line;
    this.#onFailure = onFailure;
    this.ahead = new Ahead(line);
  }

  /** The pool runs, maybe not for the first time. */
  begin(): void {
    this.#stoppedBy = undefined;
    this.recent.completed = 0;
    this.recent.failed = 0;
  }

  start(job: Job<W>, worker: Worker<W>, now: number): void {
    const context = this.#begin(job, worker, now);
    const { task } = job;
    let answer: unknown;
    try {
      if (job.isCall && callable(worker) !== undefined) {
        callWorker(worker, job);
        return;
      }
      answer = typeof task === "function" ? task(context) : task.execute(context);
    } catch (error) {
      worker.onRejected(error);
      return;
    }
    if (answer === undefined) worker.onFulfilled(undefined);
    else void Promise.resolve(answer).then(worker.onFulfilled, worker.onRejected);
  }

  /** A worker goes on with a job that it has been handed ahead of time. False = it has none. */
  goOn(worker: Worker<W>, now: number): boolean {
    const job = this.ahead.next(worker);
    if (job === undefined) return false;
    worker.end();
    if (job.state === "ahead") this.#begin(job, worker, now);
    else worker.begin(job, new RunContext(worker.resource, 1), now);
    // It was called off when it could not be taken back any more, or the pool stops.
    if (job.state === "over") abort(worker, "called off");
    else if (this.#stoppedBy !== undefined) abort(worker, this.#stoppedBy.reason);
    return true;
  }

  /** The attempt of a worker has settled. A job that was told before is told nothing more. */
  settle(worker: Worker<W>, succeeded: boolean, outcome: unknown, now: number): void {
    const { job } = worker;
    if (worker.isOverdue) {
      this.overdue -= 1;
      return;
    }
    if (job?.state !== "running") return;
    const ms = now - worker.startedAt;
    if (job.isCall) {
      if (outcome instanceof CallNotBegunError) {
        this.#undo(job);
        return;
      }
      if (succeeded) this.ahead.learn(job, ms);
    }
    this.times.add(ms);
    if (succeeded) this.#complete(job, outcome);
    else this.#fail(job, this.#reasonOf(job, outcome), now);
  }

  /** Tells those that have taken too long. */
  expire(workers: Iterable<Worker<W>>, now: number): void {
    this.nextTimeoutAt = Infinity;
    for (const worker of workers) {
      if (worker.timesOutAt <= now) this.#timeOut(worker, now);
      if (worker.timesOutAt < this.nextTimeoutAt) this.nextTimeoutAt = worker.timesOutAt;
    }
  }

  /** Its caller wants it no more. If it runs, it is told so. */
  callOff(job: Job<W>, reason: unknown): void {
    const { state, worker } = job;
    this.fail(job, reason);
    this.#line.forget(job, state);
    if (worker === undefined || worker.isOverdue) return;
    if (state === "running") abort(worker, reason);
    // A worker that does not heed its signal shall hold up nobody.
    if (state === "running" || state === "ahead") this.ahead.takeBack(worker);
  }

  /** Tells all attempts that the pool stops. They are still waited for. */
  abort(workers: Iterable<Worker<W>>, reason: unknown): void {
    this.#stoppedBy = { reason };
    for (const worker of [...workers]) abort(worker, reason);
  }

  /** Back to the line with what waits at workers. */
  takeBack(workers: Iterable<Worker<W>>): void {
    for (const worker of workers) this.ahead.takeBack(worker);
  }

  /** Waits no longer for those that still run. */
  abandon(workers: Iterable<Worker<W>>, reason: unknown): void {
    for (const worker of [...workers]) {
      for (const job of this.ahead.abandon(worker)) if (job.state === "ahead") this.fail(job, reason);
      const { job } = worker;
      if (job === undefined || worker.isOverdue) continue;
      this.#giveUp(worker);
      if (job.state === "running") this.fail(job, reason);
    }
  }

  /** The end of a job without a result. */
  fail(job: Job<W>, error: unknown): void {
    job.end();
    this.total.failed += 1;
    this.recent.failed += 1;
    if (job.reject !== undefined) job.reject(error);
    else this.#onFailure({ kind: "task", error, task: job.task, attempt: job.attempt });
  }

  #begin(job: Job<W>, worker: Worker<W>, now: number): RunContext<W> {
    job.state = "running";
    job.worker = worker;
    job.attempt += 1;
    if (job.attempt === 1) this.waits.add(Math.max(0, now - job.turn.at));
    else this.retries += 1;
    const context = new RunContext(worker.resource, job.attempt);
    worker.begin(job, context, now);
    if (worker.timesOutAt < this.nextTimeoutAt) this.nextTimeoutAt = worker.timesOutAt;
    return context;
  }

  /** The attempt was none: its worker was gone before it began. */
  #undo(job: Job<W>): void {
    job.attempt -= 1;
    this.#line.putBack(job);
  }

  #complete(job: Job<W>, value: unknown): void {
    job.end();
    this.total.completed += 1;
    this.recent.completed += 1;
    job.resolve?.(value);
  }

  /** What a call says that was stopped came from elsewhere: the pool knows better why. */
  #reasonOf(job: Job<W>, error: unknown): unknown {
    return job.isCall && this.#stoppedBy !== undefined ? this.#stoppedBy.reason : error;
  }

  #timeOut(worker: Worker<W>, now: number): void {
    const { job } = worker;
    if (worker.isOverdue) {
      worker.timesOutAt = Infinity;
      worker.isStuck = true;
      return;
    }
    this.#giveUp(worker);
    // It was told; if it has not settled after as long again, it never may.
    worker.timesOutAt = now + (job?.terms.timeoutMs ?? Infinity);
    // Called off before, and it does not care.
    if (job?.state !== "running") return;
    const error = new TaskTimeoutError(job.terms.timeoutMs, job.terms.timeoutName);
    this.timedOut += 1;
    this.times.add(now - worker.startedAt);
    this.#fail(job, error, now);
    abort(worker, error);
    this.ahead.takeBack(worker);
  }

  /** Nobody waits for the attempt any more, though it has not settled. */
  #giveUp(worker: Worker<W>): void {
    worker.timesOutAt = Infinity;
    worker.isOverdue = true;
    this.overdue += 1;
  }

  #fail(job: Job<W>, error: unknown, now: number): void {
    const delayMs = retryDelay(job.terms.retry, job.attempt, error);
    if (delayMs === undefined) this.fail(job, error);
    else this.#line.delay(job, now + delayMs);
  }
}

function abort<W>(worker: Worker<W>, reason: unknown): void {
  if (worker.job?.isCall === true) callable(worker)?.abort(reason);
  else if (worker.context !== undefined) RunContext.abort(worker.context, reason);
}
