import { type AbortListener, addAbortListener, removeAbortListener } from "@disp/abort";
import type { Timed } from "@disp/heap";
import type { RetryPolicy } from "@disp/retry";
import { CallTask } from "./call-task.ts";
import type { Task } from "./task.ts";
import type { Turn } from "./turn-clock.ts";
import type { Worker } from "./worker.ts";

/**
 * `waiting` in the line, `ahead` at a worker that is not there yet, `running`, `delayed` until its next attempt, `over` once whoever asked for it knows
 * what became of it. A job that is over may still occupy a worker.
 */
export type JobState = "waiting" | "ahead" | "running" | "delayed" | "over";

/** How a task is to be run; the same object for all tasks that go by the pool's options. */
export interface JobTerms {
  readonly timeoutMs: number;
  /** The option that it comes from, for messages. */
  readonly timeoutName: string;
  readonly retry: RetryPolicy | undefined;
}

/** A task that was accepted, from then on until it is over. What few jobs need, a signal or a delay, is apart from it. */
export class Job<W> {
  readonly task: Task<unknown, W>;
  readonly terms: JobTerms;
  /** How to answer whoever waits for it; both undefined for a task that was dispatched. */
  resolve: ((value: unknown) => void) | undefined = undefined;
  reject: ((reason: unknown) => void) | undefined = undefined;
  /** When it came. */
  readonly turn: Turn;
  /** Whether its task is one that workers know by name. */
  readonly isCall: boolean;
  state: JobState = "waiting";
  attempt = 0;
  /** Where it is, while it is `ahead` or `running`. */
  worker: Worker<W> | undefined = undefined;
  watch: JobWatch<W> | undefined = undefined;
  delay: JobDelay<W> | undefined = undefined;

  constructor(task: Task<unknown, W>, terms: JobTerms, turn: Turn) {
    this.task = task;
    this.terms = terms;
    this.turn = turn;
    this.isCall = typeof task !== "function" && task instanceof CallTask;
  }

  end(): void {
    this.state = "over";
    this.watch?.end();
  }
}

/** Hears of the signal of a job until the job is over. */
export class JobWatch<W> implements AbortListener {
  readonly #job: Job<W>;
  readonly #signal: AbortSignal;
  readonly #onAbort: (job: Job<W>, reason: unknown) => void;

  constructor(job: Job<W>, signal: AbortSignal, onAbort: (job: Job<W>, reason: unknown) => void) {
    this.#job = job;
    this.#signal = signal;
    this.#onAbort = onAbort;
    addAbortListener(signal, this);
  }

  /** Called by the signal. */
  handleAbort(): void {
    this.#onAbort(this.#job, this.#signal.reason);
  }

  end(): void {
    removeAbortListener(this.#signal, this);
  }
}

/** The place of a job among those that wait for their next attempt. */
export class JobDelay<W> implements Timed {
  readonly job: Job<W>;
  readonly id: number;
  readyAt: number;
  heapIndex = -1;

  constructor(job: Job<W>, id: number, readyAt: number) {
    this.job = job;
    this.id = id;
    this.readyAt = readyAt;
  }
}
