import { Deque } from "@disp/sync-queue";
import type { Batch } from "./batch.ts";
import { BatchRun, type RunHost } from "./batch-run.ts";
import { Calls } from "./calls.ts";
import { BatchFailedError, BatchTimeoutError, ProcessorStoppedError } from "./errors.ts";
import type { Lane } from "./lanes.ts";
import { Lanes } from "./lanes.ts";
import type { Metrics } from "./metrics.ts";
import type { ResolvedOptions } from "./options.ts";
import { Pauses } from "./pauses.ts";
import { Releases, type ReleasesHost } from "./releases.ts";
import { Stamina } from "./stamina.ts";
import { type Timed, Timetable } from "./timetable.ts";

/** What surrounds the runner. */
export interface RunnerHost<Resource> {
  readonly options: ResolvedOptions<Resource>;
  readonly metrics: Metrics;
  /** What has to be woken besides the runner's own. */
  readonly timed: readonly Timed[];
  /** Called when the operations of a batch begin: newcomers are late. */
  closed(batch: Batch<Resource>): void;
  /** Called when all runs of a batch are settled. */
  settled(batch: Batch<Resource>): void;
  /** Called when no lock is on its way back any longer. */
  idle(): void;
}

/**
 * The loop: it lets batches through their lanes, one at a time in each. It runs after each burst of calls, so that what
 * is asked for in one burst is in one batch, and whenever a lane becomes free.
 */
export class Runner<Resource> implements RunHost<Resource>, ReleasesHost {
  readonly options: ResolvedOptions<Resource>;
  readonly metrics: Metrics;
  readonly calls: Calls;
  readonly pauses: Pauses = new Pauses();
  readonly stamina: Stamina = new Stamina();
  readonly releases: Releases = new Releases(this);
  readonly #host: RunnerHost<Resource>;
  readonly #lanes: Lanes<Resource>;
  readonly #timetable: Timetable;
  /** Free lanes in which somebody waits. */
  readonly #free = new Deque<Lane<Resource>>();
  #isScheduled = false;
  #running = 0;

  constructor(host: RunnerHost<Resource>) {
    this.#host = host;
    this.options = host.options;
    this.metrics = host.metrics;
    const { maxDurationMs } = host.options;
    this.calls = new Calls(maxDurationMs);
    this.#lanes = new Lanes(maxDurationMs, (batch, blockedBy) => {
      const timeout = new BatchTimeoutError(batch.key, "load", maxDurationMs, blockedBy);
      this.#refuse(batch, new BatchFailedError(batch.key, "load", timeout));
    });
    this.#timetable = new Timetable([...host.timed, this.calls, this.#lanes, this.pauses]);
  }

  /** Lanes that are at work, or kept by a call that is overdue. */
  get busyLanes(): number {
    return this.#lanes.taken;
  }

  /** Batches that wait for their lock, are loaded, run or saved at present. */
  get running(): number {
    return this.#running;
  }

  /** Puts a batch in line. */
  add(batch: Batch<Resource>, now: number): void {
    const lane = this.#lanes.enqueue(batch, now);
    if (lane.blockedBy !== undefined) this.wakeAt(this.#lanes.nextAt, now);
    this.#offer(lane);
  }

  /** Takes a batch out of the line. */
  remove(batch: Batch<Resource>): void {
    this.#lanes.remove(batch);
  }

  wakeAt(at: number, now: number): void {
    this.#timetable.wakeAt(at, now);
  }

  /** Leaves no timer behind. */
  sleep(): void {
    this.#timetable.clear();
  }

  /** Ends everything, at once. */
  callOff(reason: unknown): void {
    this.#lanes.callOff(reason, (batch) => {
      this.#refuse(batch, new ProcessorStoppedError(batch.key, undefined, reason));
    });
    this.releases.abandon();
  }

  closed(batch: Batch<Resource>): void {
    this.#host.closed(batch);
  }

  settled(batch: Batch<Resource>): void {
    this.#running -= 1;
    this.#host.settled(batch);
  }

  blocked({ lane, batch }: BatchRun<Resource>): void {
    this.#lanes.block(lane, batch.key);
    this.wakeAt(this.#lanes.nextAt, performance.now());
  }

  released({ lane }: BatchRun<Resource>): void {
    this.#lanes.release(lane);
    this.#offer(lane);
  }

  idle(): void {
    this.#host.idle();
  }

  /** Its turn has not come, and never will. */
  #refuse(batch: Batch<Resource>, error: BatchFailedError | ProcessorStoppedError): void {
    const watch = this.metrics.start(batch);
    batch.settle(error);
    this.#host.settled(batch);
    this.metrics.tell(watch, { saved: false, replays: 0, error });
  }

  #offer(lane: Lane<Resource>): void {
    if (lane.isTaken || lane.isScheduled || lane.line.size === 0) return;
    lane.isScheduled = true;
    this.#free.pushBack(lane);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After a rest, or else right after the current burst.
    if (this.stamina.left === 0) this.stamina.rest(this.#pass);
    else queueMicrotask(this.#pass);
  }

  /** One batch for each lane that was free when it began; those that are free again have their next pass. */
  readonly #pass = (): void => {
    this.#isScheduled = false;
    for (let lanes = this.#free.size; lanes > 0 && this.stamina.left > 0; lanes -= 1) {
      const lane = this.#free.popFront();
      if (lane !== undefined) this.#start(lane);
    }
    if (this.#free.size > 0) this.#schedule();
  };

  #start(lane: Lane<Resource>): void {
    lane.isScheduled = false;
    const batch = this.#lanes.take(lane);
    if (batch === undefined) return;
    const run = new BatchRun(batch, lane, this);
    lane.run = run;
    this.#running += 1;
    run.start();
  }
}
