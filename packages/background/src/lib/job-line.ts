import { TimeHeap } from "@disp/heap";
import { Deque } from "@disp/sync-queue";
import type { Job } from "./job.ts";

/** The jobs that wait to be started: in line, or for their time. */
export class JobLine<Arg> {
  readonly #ready: Deque<Job<Arg>>;
  readonly #delayed = new TimeHeap<Job<Arg>>();

  constructor(initialCapacity: number) {
    this.#ready = new Deque({ initialCapacity });
  }

  get size(): number {
    return this.#ready.size + this.#delayed.size;
  }

  /** How many need nothing but an idle slot. */
  get ready(): number {
    return this.#ready.size;
  }

  /** How many wait for their time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** When the next one is ready of those that wait for their time; Infinity = none does. */
  get nextReadyAt(): number {
    return this.#delayed.peek()?.readyAt ?? Infinity;
  }

  /** Joins the end. */
  join(job: Job<Arg>): void {
    this.#ready.pushBack(job);
  }

  /** Joins the front: these jobs have waited their turn before. */
  rejoin(jobs: readonly Job<Arg>[]): void {
    for (let index = jobs.length - 1; index >= 0; index -= 1) this.#ready.pushFront(jobs[index] as Job<Arg>);
  }

  /** Waits for a time, outside the line. */
  delay(job: Job<Arg>, readyAt: number): void {
    job.readyAt = readyAt;
    this.#delayed.push(job);
  }

  /** Takes out those whose time has come, in the order of their times. */
  due(now: number): Job<Arg>[] {
    const due: Job<Arg>[] = [];
    while (this.nextReadyAt <= now) due.push(this.#delayed.pop() as Job<Arg>);
    return due;
  }

  /** Takes out the first in line. */
  next(): Job<Arg> | undefined {
    return this.#ready.popFront();
  }

  /** Takes out all. */
  clear(): Job<Arg>[] {
    return [...this.#ready.clear(), ...this.#delayed.clear()];
  }
}
