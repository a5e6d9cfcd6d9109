import {
  checkChoice,
  checkFunction,
  checkNumber,
  checkOptions,
  checkPolicy,
  type OptionNames,
  show,
} from "@disp/options";
import { noRetry, type RetryPolicy } from "@disp/retry";
import type { DedupStore } from "./dedup-store.ts";
import type { JobContext } from "./job-context.ts";

/** Something that went wrong with a job, as `onError` is told of it. */
export interface JobFailure<Arg> {
  /** The key of the job. */
  readonly key: string;
  /** The argument of the job. */
  readonly arg: Arg;
  /**
   * What `process` threw or rejected with at the last attempt. Otherwise the job itself did not fail: a
   * {@link HoldReleaseError}, a {@link JobAbandonedError}, or the RangeError of a returned number that can be no pause.
   */
  readonly error: unknown;
  /** 1 at the first attempt; 0 when the job never ran. */
  readonly attempt: number;
}

/** Options of a {@link BackgroundProcessor}. All but `process` are optional. */
export interface BackgroundProcessorOptions<Arg> {
  /**
   * Does one job. **A number that it returns is a pause** in milliseconds before the slot that ran it takes another job:
   * write `(user) => { list.push(user); }`, with braces, for `(user) => list.push(user)` returns a length, and pauses longer
   * each time. The longest pause is 2,147,483,647 ms (24.8 days); a number that can be none is ignored, and told to `onError`.
   *
   * It has failed when it throws or rejects. Nothing limits how long it takes, and one that never settles keeps its slot for
   * ever: pass on `AbortSignal.any([signal, AbortSignal.timeout(ms)])`. Never await `stop` in it: that waits for this job.
   */
  readonly process: (arg: Arg, context: JobContext) => number | void | Promise<number | void>;
  /**
   * Knows which keys are taken. Give the same one, or one over the same database, to all processors that must not do
   * the same work twice.
   *
   * @defaultValue none: the processor knows its own keys, as if it had a `MemoryDedupStore` to itself
   */
  readonly dedup?: DedupStore | undefined;
  /**
   * For how many waiting jobs to keep room, at least 1: a hint for the queue, which grows and shrinks anyway.
   *
   * @defaultValue 16
   */
  readonly initialCapacity?: number | undefined;
  /**
   * How many jobs may run at once, at least 1; Infinity = any number, and pauses have no effect.
   *
   * @defaultValue 1
   */
  readonly concurrency?: number | undefined;
  /**
   * Whether and when a job that failed is tried again. It waits without taking a slot, its key stays taken, and it then
   * comes before all others.
   *
   * @defaultValue noRetry()
   */
  readonly retry?: RetryPolicy | undefined;
  /**
   * What `schedule` does when the store rejects. `"schedule-locally"`: it does without the store, for this key and until
   * its hold has passed; another machine may do the same job. The console is told so, once every ten seconds at most. `"refuse"`: it schedules nothing, with the reason
   * `"store-unavailable"`. `"throw"`: it rejects with the error of the store.
   *
   * @defaultValue "schedule-locally"
   */
  readonly whenStoreFails?: "schedule-locally" | "refuse" | "throw" | undefined;
  /**
   * What `schedule` does while a job of its key runs here. `"drop"`: nothing, with the reason `"running"`.
   * `"run-again"`: it runs the job once more with the newest argument, as soon as the present run is over and its hold
   * has passed. Take this when the running job may have missed what the new one is about.
   *
   * @defaultValue "drop"
   */
  readonly whileRunning?: "drop" | "run-again" | undefined;
  /**
   * Milliseconds, at least 1, that a hold lasts in the store when nobody renews it: how long a key stays taken after a
   * crash, if its `holdMs` is not longer. While a job waits or runs, its hold is renewed every third of this time. Keep it
   * well above what stalls the event loop.
   *
   * @defaultValue 10_000
   */
  readonly leaseMs?: number | undefined;
  /**
   * Told of jobs that are given up, after their last attempt, and of what else goes wrong behind the back of `schedule`.
   * What it throws surfaces as an unhandled rejection.
   *
   * @defaultValue a `console.warn`, at most one every ten seconds
   */
  readonly onError?: ((failure: JobFailure<Arg>) => void) | undefined;
}

/** What a {@link BackgroundProcessor} does when it is told nothing. `holdMs` is that of `schedule`. */
export const BACKGROUND_DEFAULTS: {
  readonly [Name in
    | "initialCapacity"
    | "concurrency"
    | "retry"
    | "whenStoreFails"
    | "whileRunning"
    | "leaseMs"]: NonNullable<BackgroundProcessorOptions<never>[Name]>;
} & {
  /** Milliseconds that a key is held: until its job is over. */
  readonly holdMs: number;
} = Object.freeze({
  initialCapacity: 16,
  concurrency: 1,
  retry: noRetry(),
  whenStoreFails: "schedule-locally",
  whileRunning: "drop",
  leaseMs: 10_000,
  holdMs: 0,
});

/** Options as the processor uses them: complete, checked, and a copy of its own. */
export interface ResolvedOptions<Arg> {
  readonly process: BackgroundProcessorOptions<Arg>["process"];
  /** Undefined = the keys are nobody else's. */
  readonly dedup: DedupStore | undefined;
  readonly initialCapacity: number;
  readonly concurrency: number;
  readonly retry: RetryPolicy;
  readonly whenStoreFails: "schedule-locally" | "refuse" | "throw";
  readonly whileRunning: "drop" | "run-again";
  readonly leaseMs: number;
  readonly onError: ((failure: JobFailure<Arg>) => void) | undefined;
}

const ACTION = "create a BackgroundProcessor";

const NAMES: OptionNames<BackgroundProcessorOptions<never>> = {
  process: true,
  dedup: true,
  initialCapacity: true,
  concurrency: true,
  retry: true,
  whenStoreFails: true,
  whileRunning: true,
  leaseMs: true,
  onError: true,
};

export function normalize<Arg>(options: BackgroundProcessorOptions<Arg>): ResolvedOptions<Arg> {
  checkOptions(ACTION, "options", options, NAMES);
  const defaults = BACKGROUND_DEFAULTS;
  const { process, onError, dedup, retry = defaults.retry } = options;
  const { initialCapacity = defaults.initialCapacity, concurrency = defaults.concurrency } = options;
  const { whenStoreFails = defaults.whenStoreFails, whileRunning = defaults.whileRunning } = options;
  const { leaseMs = defaults.leaseMs } = options;
  return {
    process: checkFunction(ACTION, "process", process),
    dedup: dedup === undefined ? undefined : checkStore(dedup),
    initialCapacity: checkNumber(ACTION, "initialCapacity", initialCapacity, { whole: true, min: 1 }),
    concurrency: checkNumber(ACTION, "concurrency", concurrency, { whole: true, min: 1, orInfinity: true }),
    retry: checkPolicy(ACTION, "retry", retry),
    whenStoreFails: checkChoice(ACTION, "whenStoreFails", whenStoreFails, ["schedule-locally", "refuse", "throw"]),
    whileRunning: checkChoice(ACTION, "whileRunning", whileRunning, ["drop", "run-again"]),
    leaseMs: checkNumber(ACTION, "leaseMs", leaseMs, { min: 1 }),
    onError: onError === undefined ? undefined : checkFunction(ACTION, "onError", onError),
  };
}

/** A client in place of a store is a likely mistake, so the message says what is made of it. */
function checkStore(dedup: DedupStore): DedupStore {
  const isObject = typeof dedup === "object" && (dedup as DedupStore | null) !== null;
  const methods = ["acquire", "bumpGeneration"];
  if (isObject && methods.every((name) => typeof Reflect.get(dedup, name) === "function")) return dedup;
  const rule = "a store with acquire(), bumpGeneration()";
  const cure = "new RedisDedupStore({ client, namespace }) of @disp/background/redis";
  throw new TypeError(`Cannot ${ACTION}: dedup must be ${rule}, such as ${cure}, got ${show(dedup)}`);
}
