import { callHook } from "@disp/hooks";
import { exponentialBackoff } from "@disp/retry";
import { type Batch, RUNNING, SETTLED } from "./batch.ts";
import { Call, type CallOwner } from "./call.ts";
import type { Calls } from "./calls.ts";
import {
  BatchFailedError,
  type BatchPhase,
  BatchTimeoutError,
  KeyLockLostError,
  ProcessorStoppedError,
} from "./errors.ts";
import { checkLease, type KeyLease } from "./key-lock.ts";
import type { Lane } from "./lanes.ts";
import type { Stopwatch } from "./metric.ts";
import type { Metrics } from "./metrics.ts";
import { CHANGED, isThenable, type Operation } from "./operation.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Pause, Pauses } from "./pauses.ts";
import type { Releases } from "./releases.ts";
import { BATCH_COST, type Stamina } from "./stamina.ts";

/** What surrounds the batches that run. */
export interface RunHost<Resource> {
  readonly options: ResolvedOptions<Resource>;
  readonly calls: Calls;
  readonly pauses: Pauses;
  readonly stamina: Stamina;
  readonly releases: Releases;
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

/** What may be a call of the user's. */
type CallPhase = Exclude<BatchPhase, "operation">;

/** Before the second replay and those after it. */
const BACKOFF = exponentialBackoff({ initialMs: 5, multiplier: 2, maxMs: 200, jitter: "full" });

/**
 * A batch at work: lock, load, operations, save, and from the load on again after a conflict. At most one call is under way
 * at any time. When the batch is settled before that call is, the call still keeps the lane and the lock, until it settles
 * too.
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
  /** From the moment it was handed out until it is given back, with the lane. */
  #lease: KeyLease | undefined;

  constructor(batch: Batch<Resource>, lane: Lane<Resource>, host: RunHost<Resource>) {
    this.batch = batch;
    this.lane = lane;
    this.#host = host;
    this.#watch = host.metrics.start(batch);
  }

  start(): void {
    this.#host.stamina.spend(BATCH_COST);
    if (this.#host.options.lock === undefined) this.#begin();
    else this.#enter("lock");
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

  // --- Lock ---

  #locked(): void {
    const lease = this.#lease;
    try {
      // It may be told from inside an operation, or a load: not until they have returned is anything settled.
      checkLease(lease as KeyLease).onLost(() => queueMicrotask(() => this.#lost(lease)));
    } catch (error) {
      this.#failed("lock", error);
      return;
    }
    this.#begin();
  }

  #lost(lease: KeyLease | undefined): void {
    if (lease === undefined || this.#lease !== lease || this.batch.stage === SETTLED) return;
    const { key } = this.batch;
    const error = new KeyLockLostError(key, lease.token);
    this.#giveUp(new BatchFailedError(key, "lock", error), error);
  }

  /**
   * Asked right before each call, since a timer may be late: after a stall of the event loop it is, by much. And after a save
   * was answered: only while the lock lasts has nobody else loaded what was there before.
   */
  #isStillLocked(): boolean {
    const lease = this.#lease;
    if (lease === undefined || callHook(isHeld, lease) === true) return true;
    this.#lost(lease);
    return false;
  }

  // --- Load ---

  #begin(): void {
    this.#next = 0;
    this.#isDirty = false;
    // All were cancelled while an earlier load ran.
    if (this.batch.live === 0) this.#settle(undefined, false);
    else if (!this.#isStillLocked()) return;
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
    const { stamina } = this.#host;
    const { length } = this.batch.operations;
    while (this.#next < length) {
      if (stamina.left === 0) {
        stamina.rest(() => this.#resume());
        return;
      }
      const start = this.#next;
      const isWaiting = this.#operateUntil(Math.min(length, start + stamina.left));
      stamina.spend(this.#next - start);
      if (isWaiting) return;
    }
    this.#operated();
  }

  /** @returns whether one of them is asynchronous, and waited for. */
  #operateUntil(end: number): boolean {
    const { operations } = this.batch;
    const resource = this.#resource as Resource;
    let index = this.#next;
    while (index < end) {
      const operation = operations[index++];
      if (operation === undefined) continue;
      const pending = operation.run(resource);
      if (pending !== undefined) {
        this.#next = index;
        this.#awaitOperation(operation, pending);
        return true;
      }
      if (operation.status === CHANGED) this.#isDirty = true;
    }
    this.#next = index;
    return false;
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
    if (this.#isDirty && this.#host.options.save !== undefined) {
      if (this.#isStillLocked()) this.#enter("save");
    } else this.#settle(undefined, false);
  }

  // --- Calls ---

  #startPhase(phase: BatchPhase): void {
    this.#phase = phase;
    this.#watch?.enter(phase, performance.now());
  }

  #enter(phase: CallPhase): void {
    this.#startPhase(phase);
    const call = new Call(phase, this, this.#lease?.token);
    let answer: unknown;
    let isPending: boolean;
    try {
      answer = this.#invoke(phase, call);
      isPending = isThenable(answer);
    } catch (error) {
      this.#failed(phase, error);
      return;
    }
    if (isPending) this.#awaitPhase(phase, call, answer);
    else this.#passed(phase, answer);
  }

  #awaitPhase(phase: CallPhase, call: Call, answer: unknown): void {
    this.#await(
      call,
      answer,
      (value) => this.#passed(phase, value),
      (error) => this.#failed(phase, error),
    );
  }

  #invoke(phase: CallPhase, call: Call): unknown {
    const { options } = this.#host;
    const { key } = this.batch;
    if (phase === "load") return options.load?.(key, call.context);
    if (phase === "save") return options.save?.(key, this.#resource as Resource, call.context);
    return options.lock?.acquire(key, { signal: call.context.signal });
  }

  #passed(phase: CallPhase, answer: unknown): void {
    if (phase === "load") this.#loaded(answer);
    else if (phase === "save") this.#saved();
    else {
      this.#lease = answer as KeyLease;
      this.#locked();
    }
  }

  #saved(): void {
    if (this.#isStillLocked()) this.#settle(undefined, true);
  }

  #failed(phase: CallPhase, error: unknown): void {
    const { conflictRetries, isConflict } = this.#host.options;
    const mayReplay = phase !== "lock" && this.#replays < conflictRetries;
    if (mayReplay && callHook(isConflict, error) === true) this.#replay();
    else this.#settle(new BatchFailedError(this.batch.key, phase, error), false);
  }

  #await(call: Call, answer: unknown, onDone: (value: unknown) => void, onFail: (error: unknown) => void): void {
    const now = performance.now();
    this.#call = call;
    this.#host.calls.start(call, now);
    this.#host.wakeAt(call.timesOutAt, now);
    void Promise.resolve(answer).then(
      (value) => {
        // Nobody needs it any longer when it comes too late, and it has to be given back.
        if (call.phase === "lock" && this.batch.stage === SETTLED) this.#lease = value as KeyLease;
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
      this.#free();
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
    if (this.#call === undefined) this.#free();
    this.#host.settled(this.batch);
    this.#host.metrics.tell(this.#watch, { saved, replays: this.#replays, error });
  }

  /** The lock first: the next batch of the key may ask for it as soon as the lane is free. */
  #free(): void {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease !== undefined) this.#host.releases.begin(lease);
    this.#host.released(this);
  }
}

function isHeld(lease: KeyLease): boolean {
  return lease.isHeld;
}
