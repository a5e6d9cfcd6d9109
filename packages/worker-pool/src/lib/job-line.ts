import { TimeHeap } from "@disp/heap";
import type { Job } from "./job.ts";

/**
 * The jobs that wait: for a worker, in a line from which any of them can leave in O(1), and for the time of their next
 * attempt.
 */
export class JobLine<W> {
  readonly #takesNewest: boolean;
  readonly #delayed = new TimeHeap<Job<W>>();
  #first: Job<W> | undefined = undefined;
  #last: Job<W> | undefined = undefined;
  #size = 0;
  #nextId = 0;

  constructor(order: "fifo" | "lifo") {
    this.#takesNewest = order === "lifo";
  }

  /** How many could run now, if there were workers. */
  get size(): number {
    return this.#size;
  }

  /** How many wait, those that are delayed included. */
  get total(): number {
    return this.#size + this.#delayed.size;
  }

  /** When the next delayed job is due; Infinity = none is. */
  get nextDueAt(): number {
    return this.#delayed.peek()?.readyAt ?? Infinity;
  }

  add(job: Job<W>): void {
    const last = this.#last;
    job.state = "waiting";
    job.previous = last;
    if (last === undefined) this.#first = job;
    else last.next = job;
    this.#last = job;
    this.#size += 1;
  }

  /** Takes whoever is next. */
  take(): Job<W> | undefined {
    const job = this.#takesNewest ? this.#last : this.#first;
    if (job !== undefined) this.#unlink(job);
    return job;
  }

  delay(job: Job<W>, until: number): void {
    job.state = "delayed";
    job.readyAt = until;
    job.id = this.#nextId++;
    this.#delayed.push(job);
  }

  /** Those whose delay is over are next in line: they came before everybody who waits. */
  wake(now: number): void {
    const due: Job<W>[] = [];
    while (this.nextDueAt <= now) due.push(this.#delayed.pop() as Job<W>);
    if (this.#takesNewest) due.reverse().forEach((job) => this.add(job));
    else due.reverse().forEach((job) => this.#addFirst(job));
  }

  /** Takes a job out, wherever it waits. */
  remove(job: Job<W>): void {
    if (job.state === "waiting") this.#unlink(job);
    else if (job.state === "delayed") this.#delayed.remove(job);
  }

  /** Takes all out: those in line in the order in which they came, then the delayed ones in that of their times. */
  clear(): Job<W>[] {
    const jobs: Job<W>[] = [];
    for (let job = this.#first; job !== undefined; job = this.#first) {
      this.#unlink(job);
      jobs.push(job);
    }
    for (let job = this.#delayed.pop(); job !== undefined; job = this.#delayed.pop()) jobs.push(job);
    return jobs;
  }

  #addFirst(job: Job<W>): void {
    const first = this.#first;
    job.state = "waiting";
    job.next = first;
    if (first === undefined) this.#last = job;
    else first.previous = job;
    this.#first = job;
    this.#size += 1;
  }

  #unlink(job: Job<W>): void {
    const { next, previous } = job;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    job.next = undefined;
    job.previous = undefined;
    this.#size -= 1;
  }
}
