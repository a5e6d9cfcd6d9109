import { CallTask, isCallable } from "./call-task.ts";
import type { CallableWorker } from "./callable-worker.ts";
import type { Job } from "./job.ts";
import type { JobLine } from "./job-line.ts";
import type { Worker } from "./worker.ts";

/** No worker has more ahead of it than it is thought to do in this time: a free worker could have done it meanwhile. */
const AHEAD_MS = 1;
/** How much the latest call of a name counts in what is thought of its duration. */
const LATEST = 1 / 8;

/**
 * Calls that a worker has been handed before it is done with the one that it is at: short ones, of which the way there
 * and back is the greater part. They wait at the worker in place of the line, and come back to the line when the worker
 * dies, is stuck, or is slower than another one.
 */
export class Ahead<W> {
  readonly #line: JobLine<W>;
  readonly #durations = new Map<string, number>();
  #size = 0;

  constructor(line: JobLine<W>) {
    this.#line = line;
  }

  /** How many jobs wait at workers. */
  get size(): number {
    return this.#size;
  }

  /** Notes how long a call took. Only what has succeeded is known by its name: there are no more of those than tasks. */
  learn(job: Job<W>, ms: number): void {
    if (!(job.task instanceof CallTask)) return;
    const known = this.#durations.get(job.task.name) ?? ms;
    this.#durations.set(job.task.name, known + (ms - known) * LATEST);
  }

  /** Hands over the jobs that are next in line, as long as they are short calls and workers may have more of them. */
  handOut(workers: Iterable<Worker<W>>): void {
    for (let job = this.#line.peek(); job !== undefined; job = this.#line.peek()) {
      const worker = this.#roomiest(job, workers);
      if (worker === undefined) return;
      this.#line.take();
      job.state = "ahead";
      job.worker = worker;
      worker.ahead.push(job);
      this.#size += 1;
      callWorker(worker, job);
    }
  }

  /** The job that a worker goes on with. */
  next(worker: Worker<W>): Job<W> | undefined {
    const job = worker.ahead.shift();
    if (job !== undefined) this.#size -= 1;
    return job;
  }

  /** Back to the line with all that a worker has not begun. What it has begun stays with it. */
  takeBack(worker: Worker<W>): void {
    if (worker.ahead.length === 0) return;
    const taken = callable(worker)?.takeBack() ?? 0;
    const isAtNothing = taken > worker.ahead.length;
    this.#return(worker, Math.max(0, worker.ahead.length - taken));
    // It had not even begun with what it is supposed to be at.
    if (isAtNothing && worker.job !== undefined) callWorker(worker, worker.job);
  }

  /** Back to the line with all that a dead worker had ahead of it. */
  returnAll(worker: Worker<W>): void {
    this.#return(worker, 0);
  }

  /** Takes back from whoever has most, for the sake of those that have nothing to do. */
  steal(workers: Iterable<Worker<W>>): void {
    let richest: Worker<W> | undefined;
    for (const worker of workers) {
      if (worker.ahead.length > (richest?.ahead.length ?? 0)) richest = worker;
    }
    if (richest !== undefined) this.takeBack(richest);
  }

  /** Nobody waits any more for those that a worker has begun. */
  abandon(worker: Worker<W>): Job<W>[] {
    this.#size -= worker.ahead.length;
    return worker.ahead.splice(0);
  }

  #return(worker: Worker<W>, from: number): void {
    const jobs = worker.ahead.splice(from);
    this.#size -= jobs.length;
    for (const job of jobs.reverse()) if (job.state === "ahead") this.#line.putBack(job);
  }

  #roomiest(job: Job<W>, workers: Iterable<Worker<W>>): Worker<W> | undefined {
    let best: Worker<W> | undefined;
    let least = this.#fitting(job);
    for (const worker of workers) {
      if (worker.ahead.length >= least || !this.#mayHaveMore(worker)) continue;
      best = worker;
      least = worker.ahead.length;
    }
    return best;
  }

  #mayHaveMore(worker: Worker<W>): boolean {
    if (worker.job?.state !== "running" || this.#fitting(worker.job) === 0) return false;
    return worker.ahead.length < (callable(worker)?.lookahead ?? 0);
  }

  /** How many such calls are done in the time that may be ahead; 0 for what is no call, or not known. */
  #fitting({ task }: Job<W>): number {
    if (!(task instanceof CallTask)) return 0;
    return Math.floor(AHEAD_MS / (this.#durations.get(task.name) ?? Infinity));
  }
}

/** Hands a call to the worker that shall do it; how it ends is told as for any other job. */
export function callWorker<W>(worker: Worker<W>, { task }: Job<W>): void {
  const host = callable(worker);
  if (!(task instanceof CallTask) || host === undefined) return;
  host.call(task.name, task.args, task.transfer, worker.onFulfilled, worker.onRejected);
}

/** The resource of a worker that takes calls; undefined for any other. */
export function callable<W>({ resource }: Worker<W>): CallableWorker<unknown> | undefined {
  return isCallable(resource) ? resource : undefined;
}
