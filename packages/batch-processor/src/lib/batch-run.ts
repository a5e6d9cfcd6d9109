import { callHook } from "@disp/hooks";
import { exponentialBackoff } from "@disp/retry";
import { type Batch, RUNNING, SETTLED } from "./batch.ts";
import { Call, type CallOwner } from "./call.ts";
import type { Calls } from "./calls.ts";
import { BatchFailedError, type BatchPhase, BatchTimeoutError, ProcessorStoppedError } from "./errors.ts";
import type { Lane } from "./lanes.ts";
import type { Stopwatch } from "./metric.ts";
import type { Metrics } from "./metrics.ts";
import { CHANGED, isThenable, type Operation } from "./operation.ts";
import type { CallContext, ResolvedOptions } from "./options.ts";
import type { Pause, Pauses } from "./pauses.ts";
import { BATCH_COST, type Stamina } from "./stamina.ts";

/** What surrounds the batches that run. */
export interface RunHost<Resource> {
  readonly options: ResolvedOptions<Resource>;
  readonly calls: Calls;
  readonly pauses: Pauses;
  readonly stamina: Stamina;
  readonly metrics: Metrics;
  wakeAt(at: number, now: number): void;
  /** Its operations begin: newcomers are late. */
  closed(batch: Batch<Resource>): void;
  /** All its runs are settled. */
  settled(batch: Batch<Resource>): void;
  /** A call that is overdue keeps the lane. */
  blocked(run: BatchRun<Resource>): void;
  /** The lane is free. */
  released(run: BatchRun<Resource>): void;
}

/** Before the second replay and those after it. */
const BACKOFF = exponentialBackoff({ initialMs: 5, multiplier: 2, maxMs: 200, jitter: "full" });

/**
 * A batch at work: load, operations, save, and again after a conflict. At most one call is under way at any time. When
 * the batch is settled before that call is, the call still keeps the lane, until it settles too.
 */
export class BatchRun<Resource> implements CallOwner {
  readonly batch: Batch<Resource>;
  readonly lane: Lane<Resource>;
  readonly #host: RunHost<Resource>;
  readonly #watch: Stopwatch | undefined;
  #phase: BatchPhase = "load";
  #resource: Resource | undefined;
  /** The place of the next operation. */
  #next = 0;
  #isDirty = false;
  #replays = 0;
  #call: Call | undefined;
  #pause: Pause | undefined;

  constructor(batch: Batch<Resource>, lane: Lane<Resource>, host: RunHost<Resource>) {
    this.batch = batch;
    this.lane = lane;
    this.#host = host;
    this.#watch = host.metrics.start(batch);
  }

  start(): void {
    this.#host.stamina.spend(BATCH_COST);
    this.#begin();
  }

  /** Called by the clock: `call` has taken too long. */
  overdue(call: Call): void {
    const { key } = this.batch;
    const timeout = new BatchTimeoutError(key, call.phase, this.#host.options.maxDurationMs);
    this.#giveUp(new BatchFailedError(key, call.phase, timeout), timeout);
  }

  /** The processor stops, whatever is under way. */
  abort(reason: unknown): void {
    if (this.batch.stage === SETTLED) return;
    this.#giveUp(new ProcessorStoppedError(this.batch.key, this.#phase, reason), reason);
  }

  #giveUp(error: BatchFailedError | ProcessorStoppedError, reason: unknown): void {
    if (this.#pause !== undefined) this.#host.pauses.cancel(this.#pause);
    const call = this.#call;
    if (call !== undefined) {
      this.#host.calls.end(call);
      this.#host.blocked(this);
    }
    this.#settle(error, false);
    call?.abort(reason);
  }

  // --- Load ---

  #begin(): void {
    this.#next = 0;
    this.#isDirty = false;
    // All were cancelled while an earlier load ran.
    if (this.batch.live === 0) this.#settle(undefined, false);
    else if (this.#host.options.load === undefined) this.#loaded(undefined);
    else this.#enter("load");
  }

  #loaded(resource: unknown): void {
    const { batch } = this;
    if (batch.stage < RUNNING) {
      batch.stage = RUNNING;
      this.#host.closed(batch);
    }
    this.#resource = resource as Resource;
    this.#startPhase("operation");
    this.#operate();
  }

  // --- Operations ---

  /** Runs what is left, one after another: to the end, to an asynchronous one, or until it is time for a rest. */
  #operate(): void {
    const { operations } = this.batch;
    const { stamina } = this.#host;
    const resource = this.#resource as Resource;
    const start = this.#next;
    const end = Math.min(operations.length, start + stamina.left);
    let index = start;
    while (index < end) {
      const operation = operations[index++];
      if (operation === undefined) continue;
      const pending = operation.run(resource);
      if (pending !== undefined) {
        this.#next = index;
        stamina.spend(index - start);
        this.#awaitOperation(operation, pending);
        return;
      }
      if (operation.status === CHANGED) this.#isDirty = true;
    }
    this.#next = index;
    stamina.spend(index - start);
    if (index === operations.length) this.#operated();
    else stamina.rest(() => this.#resume());
  }

  #resume(): void {
    if (this.batch.stage !== SETTLED) this.#operate();
  }

  #awaitOperation(operation: Operation<Resource>, pending: PromiseLike<unknown>): void {
    this.#await(
      new Call("operation", this),
      pending,
      (result) => {
        operation.returned(result);
        if (operation.status === CHANGED) this.#isDirty = true;
        this.#operate();
      },
      (error) => {
        operation.threw(error);
        this.#operate();
      },
    );
  }

  // --- Save ---

  #operated(): void {
    if (this.#isDirty && this.#host.options.save !== undefined) this.#enter("save");
    else this.#settle(undefined, false);
  }

  // --- Calls ---

  #startPhase(phase: BatchPhase): void {
    this.#phase = phase;
    this.#watch?.enter(phase, performance.now());
  }

  #enter(phase: "load" | "save"): void {
    this.#startPhase(phase);
    const call = new Call(phase, this);
    let answer: unknown;
    let isPending: boolean;
    try {
      answer = this.#invoke(phase, call.context);
      isPending = isThenable(answer);
    } catch (error) {
      this.#failed(phase, error);
      return;
    }
    if (isPending) this.#awaitPhase(phase, call, answer);
    else this.#passed(phase, answer);
  }

  #awaitPhase(phase: "load" | "save", call: Call, answer: unknown): void {
    this.#await(
      call,
      answer,
      (value) => this.#passed(phase, value),
      (error) => this.#failed(phase, error),
    );
  }

  #invoke(phase: "load" | "save", context: CallContext): unknown {
    const { options } = this.#host;
    const { key } = this.batch;
    return phase === "load" ? options.load?.(key, context) : options.save?.(key, this.#resource as Resource, context);
  }

  #passed(phase: "load" | "save", answer: unknown): void {
    if (phase === "load") this.#loaded(answer);
    else this.#settle(undefined, true);
  }

  #failed(phase: "load" | "save", error: unknown): void {
    const { conflictRetries, isConflict } = this.#host.options;
    if (this.#replays < conflictRetries && callHook(isConflict, error) === true) this.#replay();
    else this.#settle(new BatchFailedError(this.batch.key, phase, error), false);
  }

  #await(call: Call, answer: unknown, onDone: (value: unknown) => void, onFail: (error: unknown) => void): void {
    const now = performance.now();
    this.#call = call;
    this.#host.calls.start(call, now);
    this.#host.wakeAt(call.timesOutAt, now);
    void Promise.resolve(answer).then(
      (value) => {
        if (this.#isInTime(call)) onDone(value);
      },
      (error: unknown) => {
        if (this.#isInTime(call)) onFail(error);
      },
    );
  }

  /** Ends the call. Where the batch was settled without it, all it does is to free the lane. */
  #isInTime(call: Call): boolean {
    this.#call = undefined;
    if (this.batch.stage === SETTLED) {
      this.#host.released(this);
      return false;
    }
    this.#host.calls.end(call);
    return true;
  }

  // --- Conflicts ---

  #replay(): void {
    this.#replays += 1;
    // Most conflicts are over when they are noticed. Who meets another one steps back.
    const delayMs = this.#replays === 1 ? undefined : BACKOFF.nextDelayMs(this.#replays - 1);
    if (delayMs === undefined) {
      this.#begin();
      return;
    }
    const now = performance.now();
    this.#watch?.enter(undefined, now);
    this.#pause = this.#host.pauses.add(now + delayMs, () => {
      this.#pause = undefined;
      this.#begin();
    });
    this.#host.wakeAt(this.#pause.readyAt, now);
  }

  // --- The end ---

  #settle(error: BatchFailedError | ProcessorStoppedError | undefined, saved: boolean): void {
    this.batch.settle(error);
    this.#resource = undefined;
    if (this.#call === undefined) this.#host.released(this);
    this.#host.settled(this.batch);
    this.#host.metrics.tell(this.#watch, { saved, replays: this.#replays, error });
  }
}
