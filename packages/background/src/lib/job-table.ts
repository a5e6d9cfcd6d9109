import type { Job } from "./job.ts";

/**
 * The jobs that are under way: those of the current generation by their key, which they block, and those of former
 * generations, which block nothing.
 */
export class JobTable<Arg> implements Iterable<Job<Arg>> {
  #current = new Map<string, Job<Arg>>();
  readonly #former = new Set<Job<Arg>>();

  get size(): number {
    return this.#current.size + this.#former.size;
  }

  get(key: string): Job<Arg> | undefined {
    return this.#current.get(key);
  }

  enter(job: Job<Arg>): void {
    job.isCurrent = true;
    this.#current.set(job.key, job);
  }

  /** Takes the job out; a newer one of its key stays. */
  leave(job: Job<Arg>): void {
    if (job.isCurrent) {
      job.isCurrent = false;
      this.#current.delete(job.key);
    } else if (this.#former.size > 0) this.#former.delete(job);
  }

  /** Puts `successor` in the place of `job`, if it has one. */
  replace(job: Job<Arg>, successor: Job<Arg>): void {
    if (job.isCurrent) {
      job.isCurrent = false;
      this.enter(successor);
    } else if (this.#former.delete(job)) this.#former.add(successor);
  }

  /** Starts a generation: whoever is in the table blocks its key no longer. */
  bump(): void {
    for (const job of this.#current.values()) {
      job.isCurrent = false;
      this.#former.add(job);
    }
    this.#current = new Map();
  }

  /** All jobs, whatever their generation. A job may leave while it is looked at. */
  *[Symbol.iterator](): IterableIterator<Job<Arg>> {
    yield* this.#former;
    yield* this.#current.values();
  }
}
