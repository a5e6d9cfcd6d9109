import type { Entry, Job } from "./job.ts";

/** With more entries than this, those that are vacant stay. */
const MANY = 4_096;

/**
 * The jobs that are under way: those of the current generation by their key, which they block, and those of former
 * generations, which block nothing.
 *
 * To take a key out of a map that is larger than the processor's caches is slow. So when a job leaves a table of many, its
 * entry stays, vacant, until half of all entries are.
 */
export class JobTable<Arg> implements Iterable<Job<Arg>> {
  readonly #many: number;
  #current = new Map<string, Entry<Arg>>();
  /** How many entries are vacant: none, unless there are many. */
  #vacant = 0;
  readonly #former = new Set<Job<Arg>>();

  constructor(many: number = MANY) {
    this.#many = many;
  }

  get size(): number {
    return this.#current.size - this.#vacant + this.#former.size;
  }

  get(key: string): Job<Arg> | undefined {
    return this.#current.get(key)?.job;
  }

  /** Its key must be free. */
  enter(job: Job<Arg>): void {
    const vacant = this.#vacant > 0 ? this.#current.get(job.key) : undefined;
    if (vacant === undefined) {
      const entry = { job };
      job.entry = entry;
      this.#current.set(job.key, entry);
    } else {
      this.#vacant -= 1;
      fill(vacant, job);
    }
  }

  /** Takes the job out; a newer one of its key stays. */
  leave(job: Job<Arg>): void {
    const { entry } = job;
    if (entry !== undefined) {
      job.entry = undefined;
      entry.job = undefined;
      this.#removeVacant(job.key);
    } else if (this.#former.size > 0) this.#former.delete(job);
  }

  /** Puts `successor` in the place of `job`, if it has one. */
  replace(job: Job<Arg>, successor: Job<Arg>): void {
    const { entry } = job;
    if (entry !== undefined) {
      job.entry = undefined;
      fill(entry, successor);
    } else if (this.#former.delete(job)) this.#former.add(successor);
  }

  /** Starts a generation: whoever is in the table blocks its key no longer. */
  bump(): void {
    for (const { job } of this.#startAnew()) {
      if (job === undefined) continue;
      job.entry = undefined;
      this.#former.add(job);
    }
  }

  /** All jobs, whatever their generation. A job may leave while it is looked at. */
  *[Symbol.iterator](): IterableIterator<Job<Arg>> {
    yield* this.#former;
    for (const { job } of this.#current.values()) if (job !== undefined) yield job;
  }

  #removeVacant(key: string): void {
    if (this.#current.size <= this.#many) {
      this.#current.delete(key);
      return;
    }
    this.#vacant += 1;
    if (2 * this.#vacant < this.#current.size) return;
    for (const entry of this.#startAnew()) if (entry.job !== undefined) this.#current.set(entry.job.key, entry);
  }

  /** @returns the entries so far. */
  #startAnew(): Iterable<Entry<Arg>> {
    const entries = this.#current.values();
    this.#current = new Map();
    this.#vacant = 0;
    return entries;
  }
}

function fill<Arg>(entry: Entry<Arg>, job: Job<Arg>): void {
  entry.job = job;
  job.entry = entry;
}
