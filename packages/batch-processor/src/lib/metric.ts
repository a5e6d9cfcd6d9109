import type { BatchFailedError, BatchPhase, ProcessorStoppedError } from "./errors.ts";

/** How a batch went. Durations are in milliseconds, and add up over replays. */
export interface BatchMetric {
  /** The key of the batch. */
  readonly key: string;
  /** The lane it went through. */
  readonly lane: number;
  /** When its first operation came, as `performance.now()` has it. */
  readonly startedAt: number;
  /** Operations in it, those that threw included. */
  readonly operations: number;
  /** Operations that were cancelled before they ran; not in `operations`. */
  readonly cancelled: number;
  /** From its first operation to its turn: its window, and its wait for the lane. */
  readonly waitMs: number;
  /** How long it waited for its lock, which is no part of `waitMs`. Undefined when there was none to wait for. */
  readonly lockMs: number | undefined;
  /** How long loading took. */
  readonly loadMs: number;
  /** How long the operations took. */
  readonly operationsMs: number;
  /** How long saving took. */
  readonly saveMs: number;
  /** From its first operation to its end, all of the above and the pauses before replays included. */
  readonly totalMs: number;
  /** Whether it was saved. False with no error = there was nothing to save. */
  readonly saved: boolean;
  /** How often it was loaded again after a conflict. */
  readonly replays: number;
  /** What its runs rejected with, or undefined when it did not fail. */
  readonly error: BatchFailedError | ProcessorStoppedError | undefined;
}

/** How a batch ended. */
export type BatchEnd = Pick<BatchMetric, "saved" | "replays" | "error">;

/** What a watch reads of its batch, in the end. */
export interface WatchedBatch {
  readonly key: string;
  readonly lane: number;
  readonly openedAt: number;
  readonly live: number;
  readonly cancelledCount: number;
}

/** Takes the times of one batch. */
export class Stopwatch {
  readonly #batch: WatchedBatch;
  readonly #takenAt: number;
  readonly #spentMs = { lock: undefined as number | undefined, load: 0, operation: 0, save: 0 };
  #phase: BatchPhase | undefined;
  #since: number;

  /** @param takenAt - When it left the line of its lane. */
  constructor(batch: WatchedBatch, takenAt: number) {
    this.#batch = batch;
    this.#takenAt = takenAt;
    this.#since = takenAt;
  }

  /** One phase ends and the next begins; undefined = a pause. */
  enter(phase: BatchPhase | undefined, now: number): void {
    if (this.#phase !== undefined) this.#spentMs[this.#phase] = (this.#spentMs[this.#phase] ?? 0) + now - this.#since;
    this.#phase = phase;
    this.#since = now;
  }

  stop(now: number, { saved, replays, error }: BatchEnd): BatchMetric {
    this.enter(undefined, now);
    const { key, lane, openedAt, live, cancelledCount } = this.#batch;
    return Object.freeze({
      key,
      lane,
      startedAt: openedAt,
      operations: live,
      cancelled: cancelledCount,
      waitMs: this.#takenAt - openedAt,
      lockMs: this.#spentMs.lock,
      loadMs: this.#spentMs.load,
      operationsMs: this.#spentMs.operation,
      saveMs: this.#spentMs.save,
      totalMs: now - openedAt,
      saved,
      replays,
      error,
    });
  }
}
