import { TimeHeap } from "@disp/heap";
import { Deque } from "@disp/sync-queue";
import { Job, JobDelay, type JobTerms } from "./job.ts";
import type { TaskFunction } from "./task.ts";
import type { Turn } from "./turn-clock.ts";

/** Places that were left are closed up when there are more of them than jobs, and more than this. */
const FEW = 64;

/**
 * The jobs that wait: for a worker, in a line, and for the time of their next attempt. A job that leaves the line early
 * leaves its place behind; so a place counts only while its job is `waiting`.
 *
 * A function that goes by the pool's own terms, and that nobody waits for, stands in the line as itself, and becomes a
 * job when it is taken: a million of those take 16 bytes each in place of 100, which the garbage collector would have to
 * move twice.
 */
export class JobLine<W> {
  readonly #takesNewest: boolean;
  readonly #terms: JobTerms;
  readonly #delayed = new TimeHeap<JobDelay<W>>();
  readonly #places = new Deque<Job<W> | TaskFunction<unknown, W>>();
  /** When the functions in `#places` came, in the same order; a job knows it by itself. */
  readonly #turns = new Deque<Turn>();
  /** When the next delayed job is due; Infinity = none is. */
  nextDueAt: number = Infinity;
  #size = 0;
  #nextId = 0;

  /** @param terms - Those of the functions that are no jobs yet. */
  constructor(order: "fifo" | "lifo", terms: JobTerms) {
    this.#takesNewest = order === "lifo";
    this.#terms = terms;
  }

  /** How many could run now, if there were workers. */
  get size(): number {
    return this.#size;
  }

  /** How many wait, those that are delayed included. */
  get total(): number {
    return this.#size + this.#delayed.size;
  }

  add(job: Job<W> | TaskFunction<unknown, W>, turn: Turn): void {
    this.#places.pushBack(job);
    if (typeof job === "function") this.#turns.pushBack(turn);
    this.#size += 1;
  }

  /** Looks at whoever is next, if that is a job already: undefined for a function that waits as itself. */
  peek(): Job<W> | undefined {
    for (;;) {
      const place = this.#takesNewest ? this.#places.peekBack() : this.#places.peekFront();
      if (typeof place !== "object") return undefined;
      if (place.state === "waiting") return place;
      // A place that was left.
      if (this.#takesNewest) this.#places.popBack();
      else this.#places.popFront();
    }
  }

  /** Takes whoever is next. It is up to the caller to change the state of the job. */
  take(): Job<W> | undefined {
    if (this.#size === 0) return undefined;
    for (;;) {
      const place = this.#takesNewest ? this.#places.popBack() : this.#places.popFront();
      if (place === undefined) return undefined;
      const job = typeof place === "function" ? this.#jobOf(place) : place;
      if (job.state !== "waiting") continue;
      this.#size -= 1;
      return job;
    }
  }

  delay(job: Job<W>, until: number): void {
    job.state = "delayed";
    job.delay = new JobDelay(job, this.#nextId++, until);
    this.#delayed.push(job.delay);
    this.#noteNext();
  }

  /** Those whose delay is over are next in line: they came before everybody who waits. */
  wake(now: number): void {
    if (this.nextDueAt > now) return;
    const due: Job<W>[] = [];
    for (let delay = this.#delayed.peek(); delay !== undefined && delay.readyAt <= now; delay = this.#delayed.peek()) {
      this.#delayed.remove(delay);
      due.push(delay.job);
    }
    this.#noteNext();
    for (const job of due.reverse()) this.putBack(job);
  }

  /** Makes a job next in line: it came before everybody who waits. */
  putBack(job: Job<W>): void {
    job.state = "waiting";
    job.delay = undefined;
    if (this.#takesNewest) this.#places.pushBack(job);
    else this.#places.pushFront(job);
    this.#size += 1;
  }

  /** Called when a job has left, wherever it waited, and is over now. */
  forget(job: Job<W>, state: Job<W>["state"]): void {
    if (state === "delayed" && job.delay !== undefined) {
      this.#delayed.remove(job.delay);
      this.#noteNext();
    }
    if (state !== "waiting") return;
    this.#size -= 1;
    if (this.#places.size > FEW + 2 * this.#size) this.#closeUp();
  }

  /** Takes all out: those in line in the order in which they came, then the delayed ones in that of their times. */
  clear(): Job<W>[] {
    const jobs: Job<W>[] = [];
    for (let job = this.take(); job !== undefined; job = this.take()) jobs.push(job);
    if (this.#takesNewest) jobs.reverse();
    for (let delay = this.#delayed.pop(); delay !== undefined; delay = this.#delayed.pop()) jobs.push(delay.job);
    this.#noteNext();
    return jobs;
  }

  #noteNext(): void {
    this.nextDueAt = this.#delayed.peek()?.readyAt ?? Infinity;
  }

  #jobOf(task: TaskFunction<unknown, W>): Job<W> {
    const turn = this.#takesNewest ? this.#turns.popBack() : this.#turns.popFront();
    return new Job(task, this.#terms, turn as Turn);
  }

  #closeUp(): void {
    for (const place of this.#places.clear()) {
      if (typeof place === "function" || place.state === "waiting") this.#places.pushBack(place);
    }
  }
}
