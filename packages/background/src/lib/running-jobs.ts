import type { Job } from "./job.ts";

/** The jobs that run. Each knows its place; when one leaves, the last one takes its place. */
export class RunningJobs<Arg> {
  #jobs: Job<Arg>[] = [];

  get size(): number {
    return this.#jobs.length;
  }

  enter(job: Job<Arg>): void {
    job.place = this.#jobs.length;
    this.#jobs.push(job);
  }

  /** @returns false when it has left before. */
  leave(job: Job<Arg>): boolean {
    const { place } = job;
    if (place === -1) return false;
    const last = this.#jobs.pop() as Job<Arg>;
    // In this order: the last one may be the one that leaves.
    if (last !== job) this.#jobs[place] = last;
    last.place = place;
    job.place = -1;
    return true;
  }

  /** @returns those that were there, as {@link inOrder} does. */
  leaveAll(): Job<Arg>[] {
    const jobs = this.inOrder();
    for (const job of jobs) job.place = -1;
    this.#jobs = [];
    return jobs;
  }

  /** A list of its own, in the order in which they were scheduled. */
  inOrder(): Job<Arg>[] {
    return [...this.#jobs].sort((a, b) => a.id - b.id);
  }
}
