import { Alarm } from "@disp/alarm";
import { reportError, retryDelay } from "@disp/hooks";
import { Making, type ResolvedFactory } from "./making.ts";
import type { ScalingPolicy } from "./scaling-policy.ts";
import { Unmaking } from "./unmaking.ts";
import { type OnSettled, Worker } from "./worker.ts";

const UNUSABLE = "Cannot use a worker: isUsable() must be true before its first task, got false";

/** What a {@link Crew} has to keep to. */
export interface CrewOptions<W> {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly scaling: ScalingPolicy;
  /** Undefined = workers own nothing. */
  readonly factory: ResolvedFactory<W> | undefined;
}

/** Who is told what happens in a {@link Crew}. */
export interface CrewHooks<W> {
  readonly onSettled: OnSettled<W>;
  /** There may be an idle worker now, or room for one. */
  readonly onChange: () => void;
  /** `create` failed, and its retry policy says stop: whoever is next in line has no worker. */
  readonly onGaveUp: (error: unknown) => void;
  readonly onCreateError: (error: unknown, attempt: number) => void;
  readonly onDestroyError: (error: unknown) => void;
}

/**
 * The workers: how many there are, which are idle, and how they come and go. Each is being made, idle, at a job, or
 * dismissed; one that is dismissed at a job occupies its place until the job's attempt settles.
 */
export class Crew<W> {
  readonly #options: CrewOptions<W>;
  readonly #hooks: CrewHooks<W>;
  readonly #workers = new Set<Worker<W>>();
  readonly #idle: Worker<W>[] = [];
  readonly #making = new Set<Making<W>>();
  readonly #backoff: Alarm;
  #min: number;
  #max: number;
  /** No worker stays beyond this number; below `#max` while the crew shrinks. */
  #limit: number;
  #isOpen = false;
  /** Whether somebody waits for what is under way here, so that it keeps the process alive. */
  #isHeld = false;
  /** Failures of `create` in a row. */
  #failures = 0;
  /** `create` is not called for its own sake: it failed for good and nobody has asked since. */
  #hasGivenUp = false;
  #abandoned = 0;
  #leaving = 0;

  constructor(options: CrewOptions<W>, hooks: CrewHooks<W>) {
    this.#options = options;
    this.#hooks = hooks;
    this.#min = options.minWorkers;
    this.#max = options.maxWorkers;
    this.#limit = options.maxWorkers;
    this.#backoff = new Alarm(() => {
      this.keepMin(performance.now());
      hooks.onChange();
    });
  }

  /** Those there are and those being made. */
  get size(): number {
    return this.#workers.size + this.#making.size;
  }

  /** Those that can take a job or are at one. */
  get ready(): number {
    return this.#workers.size;
  }

  get idle(): number {
    return this.#idle.length;
  }

  /** Attempts that have not settled, whoever still waits for them. */
  get busy(): number {
    return this.#workers.size - this.#idle.length + this.#abandoned;
  }

  /** Dismissed workers whose `destroy` has not settled. */
  get leaving(): number {
    return this.#leaving;
  }

  get isAboveMin(): boolean {
    return this.#workers.size > this.#min;
  }

  /** Whether there are as many as there can be, and all of them are at a job. */
  get isAtWork(): boolean {
    return this.#idle.length === 0 && this.#workers.size > 0 && this.#isComplete;
  }

  get workers(): Iterable<Worker<W>> {
    return this.#workers;
  }

  get min(): number {
    return this.#min;
  }

  /** Whether all that may be at work are with attempts that nobody counts on. */
  get isStuck(): boolean {
    let stuck = this.#abandoned;
    for (const worker of this.#workers) if (worker.isStuck) stuck += 1;
    return stuck >= this.#max;
  }

  /** How many jobs may run at once. */
  get max(): number {
    return this.#max;
  }

  /** From now on there are at least `minWorkers`. */
  open(now: number): void {
    this.#isOpen = true;
    this.#hasGivenUp = false;
    this.#limit = this.#max;
    this.keepMin(now);
  }

  /** Takes an idle worker, or has more of them made for the jobs that wait. Undefined = none is idle yet. */
  take(waiting: number, now: number): Worker<W> | undefined {
    const worker = this.#takeIdle();
    if (worker !== undefined || this.#isComplete) return worker;
    this.#hasGivenUp = false;
    this.#grow(waiting, now);
    return this.#takeIdle();
  }

  /** Whether a worker can take another job. */
  isUsable(worker: Worker<W>): boolean {
    const { factory } = this.#options;
    if (factory === undefined) return true;
    try {
      return factory.isUsable(worker.resource);
    } catch (error) {
      reportError(error);
      return false;
    }
  }

  /** Whether a worker whose attempt has settled stays. */
  keeps(worker: Worker<W>): boolean {
    return !worker.isDismissed && !this.#isTooMany && this.isUsable(worker);
  }

  /** Takes a worker back that was taken for nothing. */
  putBack(worker: Worker<W>): void {
    this.#idle.push(worker);
  }

  /** Takes a worker back whose attempt has settled. */
  release(worker: Worker<W>, now: number): void {
    worker.end();
    if (worker.isDismissed) this.#abandoned -= 1;
    else if (this.keeps(worker)) this.#idle.push(worker);
    else this.#dismiss(worker);
    if (this.#workers.size < this.#min) this.keepMin(now);
  }

  /** Nothing was asked for in a while. */
  shrink(): void {
    const { scaling } = this.#options;
    const wanted = this.#ask(() => scaling.shrink(this.#workers.size), this.#min);
    this.#limit = Math.max(this.#min, Math.min(this.#max, wanted));
    this.#dismissSurplus();
  }

  resize(min: number, max: number, now: number): void {
    this.#min = min;
    this.#max = max;
    this.#limit = max;
    this.#dismissSurplus();
    this.keepMin(now);
  }

  /** Somebody waits for a task, or nobody any more. */
  hold(isHeld: boolean, now: number): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (this.#backoff.at !== undefined) this.#backoff.set(this.#backoff.at, now, { keepAlive: isHeld });
    for (const making of this.#making) making.hold(isHeld, now);
  }

  /** Makes those that are missing to the minimum. */
  keepMin(now: number): void {
    if (!this.#hasGivenUp) this.#growTo(this.#min, now);
  }

  /** From now on nobody new comes. */
  seal(reason: unknown): void {
    this.#isOpen = false;
    this.#failures = 0;
    this.#backoff.clear();
    for (const making of this.#making) making.callOff(reason);
    this.#making.clear();
  }

  /** Dismisses all, those at a job included; nobody comes until `open`. */
  close(reason: unknown): void {
    this.seal(reason);
    for (const worker of this.#workers) this.#dismiss(worker);
    this.#idle.length = 0;
  }

  /** Whether nobody is on the way, and nobody can be. */
  get #isComplete(): boolean {
    return !this.#isOpen || (this.#making.size === 0 && this.#workers.size + this.#abandoned >= this.#max);
  }

  /** Whether somebody has to go. A job that was given up still runs, so it counts. */
  get #isTooMany(): boolean {
    return this.size + this.#abandoned > this.#limit;
  }

  #takeIdle(): Worker<W> | undefined {
    for (let worker = this.#idle.pop(); worker !== undefined; worker = this.#idle.pop()) {
      if (this.isUsable(worker)) {
        if (worker.isFresh) this.#failures = 0;
        return worker;
      }
      this.#dismiss(worker);
      if (worker.isFresh) this.#fail(new Error(UNUSABLE), this.#failures + 1);
    }
    return undefined;
  }

  /** Asks the policy until no job waits without a worker that is there or on its way. */
  #grow(waiting: number, now: number): void {
    this.#limit = this.#max;
    const { scaling } = this.#options;
    while (waiting > this.#idle.length + this.#making.size && this.size + this.#abandoned < this.#max) {
      const { size } = this;
      this.#growTo(
        this.#ask(() => scaling.grow(size, waiting), size + 1),
        now,
      );
      if (this.size <= size) break;
    }
  }

  /** A policy that throws or answers nonsense must not leave jobs without workers for ever. */
  #ask(policy: () => number, otherwise: number): number {
    try {
      const wanted = Math.floor(policy());
      if (!Number.isNaN(wanted)) return wanted;
      throw new RangeError("Cannot scale: a ScalingPolicy must answer a number, got NaN");
    } catch (error) {
      reportError(error);
      return otherwise;
    }
  }

  #growTo(wanted: number, now: number): void {
    // An attempt that its caller has given up still runs; together there are never more than the maximum.
    const most = this.#max - this.#abandoned;
    while (this.#isOpen && this.#backoff.at === undefined && this.size < Math.min(wanted, most)) this.#make(now);
  }

  #make(now: number): void {
    const { factory } = this.#options;
    if (factory === undefined) {
      // Without a factory there is nothing to own, which is what the type of the pool says.
      this.#welcome(undefined as W);
      return;
    }
    const making = new Making<W>(this.#failures + 1, factory, this.#makingHooks);
    this.#making.add(making);
    making.start(now);
    making.hold(this.#isHeld, now);
  }

  readonly #makingHooks = {
    onMade: (making: Making<W>, resource: W): void => {
      this.#making.delete(making);
      this.#welcome(resource);
      this.#hooks.onChange();
    },
    onFailed: (making: Making<W>, error: unknown): void => {
      this.#making.delete(making);
      this.#fail(error, making.attempt);
      this.#hooks.onChange();
    },
    onUnwanted: (resource: W): void => this.#destroy(resource),
  };

  #welcome(resource: W): void {
    const worker = new Worker(resource, this.#hooks.onSettled);
    this.#workers.add(worker);
    this.#idle.push(worker);
  }

  /** There was no worker to be had. Those who fail side by side fail once. */
  #fail(error: unknown, attempt: number): void {
    this.#failures = Math.max(this.#failures, attempt);
    this.#hooks.onCreateError(error, attempt);
    this.#backOff(attempt, error);
  }

  #backOff(attempt: number, error: unknown): void {
    const now = performance.now();
    const delayMs = retryDelay(this.#options.factory?.retry, attempt, error);
    if (delayMs === undefined) {
      this.#failures = 0;
      this.#hasGivenUp = true;
      this.#hooks.onGaveUp(error);
    } else if (this.#isOpen) this.#backoff.set(now + delayMs, now, { keepAlive: this.#isHeld });
  }

  #dismissSurplus(): void {
    while (this.#isTooMany) {
      const worker = this.#idle.pop();
      if (worker !== undefined) this.#dismiss(worker);
      else if (!this.#callOffOne()) return;
    }
  }

  /** False when nobody is being made. */
  #callOffOne(): boolean {
    for (const making of this.#making) {
      this.#making.delete(making);
      making.callOff(new DOMException("Cannot create a worker: the pool has become smaller", "AbortError"));
      return true;
    }
    return false;
  }

  #dismiss(worker: Worker<W>): void {
    this.#workers.delete(worker);
    worker.isDismissed = true;
    if (worker.job !== undefined) this.#abandoned += 1;
    this.#destroy(worker.resource);
  }

  #destroy(resource: W): void {
    const { factory } = this.#options;
    if (factory === undefined) return;
    this.#leaving += 1;
    const unmaking = new Unmaking(factory, {
      onGone: () => {
        this.#leaving -= 1;
        this.#hooks.onChange();
      },
      onFailed: this.#hooks.onDestroyError,
    });
    // Who quits waits for it, and shall live to see it.
    unmaking.start(resource, performance.now(), { keepAlive: !this.#isOpen });
  }
}
