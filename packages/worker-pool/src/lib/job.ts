import { type AbortListener, addAbortListener, removeAbortListener } from "@disp/abort";
import type { RetryPolicy } from "@disp/retry";
import type { Task } from "./task.ts";

/**
 * `waiting` in the line, `running` at a worker, `delayed` until its next attempt, `over` once whoever asked for it knows
 * what became of it. A job that is over may still occupy a worker.
 */
export type JobState = "waiting" | "running" | "delayed" | "over";

/** How to answer whoever waits for a job. */
export interface Answer {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** How a task is to be run, where the task or the call says more than the pool. */
export interface JobTerms {
  readonly timeoutMs: number;
  readonly retry: RetryPolicy | undefined;
}

/** A task that was accepted. It is its own place in the line and its own abort listener: one object is all it costs. */
export class Job<W> implements AbortListener {
  readonly task: Task<unknown, W>;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy | undefined;
  /** Undefined for a task that was dispatched: nobody waits for it. */
  readonly answer: Answer | undefined;
  state: JobState = "waiting";
  attempt = 0;
  queuedAt = 0;
  /** For the line. */
  next: Job<W> | undefined = undefined;
  previous: Job<W> | undefined = undefined;
  /** For the heap of delayed jobs. */
  readyAt = 0;
  id = 0;
  heapIndex = -1;
  #signal: AbortSignal | undefined = undefined;
  #onAbort: ((job: Job<W>, reason: unknown) => void) | undefined = undefined;

  constructor(task: Task<unknown, W>, { timeoutMs, retry }: JobTerms, answer: Answer | undefined) {
    this.task = task;
    this.timeoutMs = timeoutMs;
    this.retry = retry;
    this.answer = answer;
  }

  /** Calls `onAbort` if `signal` is aborted before the job is over. */
  watch(signal: AbortSignal, onAbort: (job: Job<W>, reason: unknown) => void): void {
    this.#signal = signal;
    this.#onAbort = onAbort;
    addAbortListener(signal, this);
  }

  /** Called by the signal. */
  handleAbort(): void {
    this.#onAbort?.(this, this.#signal?.reason);
  }

  end(): void {
    this.state = "over";
    if (this.#signal !== undefined) removeAbortListener(this.#signal, this);
  }
}
