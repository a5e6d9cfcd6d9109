import {
  checkChoice,
  checkFunction,
  checkNumber,
  checkObject,
  checkOptions,
  checkPolicy,
  type OptionNames,
  show,
} from "@disp/options";
import { exponentialBackoff, type RetryPolicy } from "@disp/retry";
import { checkTimeout } from "./check-task.ts";
import type { PoolFailure } from "./failure.ts";
import type { ResolvedFactory } from "./making.ts";
import { doubling, type ScalingPolicy } from "./scaling-policy.ts";
import type { WorkerFactory } from "./worker-factory.ts";

/** Options of a {@link WorkerPool}. All but `maxWorkers` are optional. */
export interface WorkerPoolOptions<W = undefined> {
  /** How many tasks may run at once; a whole number of at least 1. */
  readonly maxWorkers: number;
  /**
   * How many workers there are at least while the pool runs; a whole number of at least 0.
   *
   * @defaultValue 0
   */
  readonly minWorkers?: number | undefined;
  /**
   * How many tasks may wait for a worker; a whole number of at least 0. Tasks that wait for their next attempt count,
   * too. Set it wherever tasks may come faster than they are done.
   *
   * @defaultValue Infinity
   */
  readonly maxQueued?: number | undefined;
  /**
   * Which of those that wait is next: the oldest (`"fifo"`) or the newest (`"lifo"`, where late results are worthless).
   *
   * @defaultValue "fifo"
   */
  readonly order?: "fifo" | "lifo" | undefined;
  /**
   * Milliseconds without a new task after which the pool gives up some of its workers, and then again after each so
   * many; Infinity = it keeps them.
   *
   * @defaultValue 300_000
   */
  readonly scaleDownAfterMs?: number | undefined;
  /**
   * Milliseconds one attempt may take, from its start; Infinity = no limit. Then its signal is aborted and it has
   * failed with a {@link TaskTimeoutError}, but it keeps its worker until it settles. The wait for a worker does not count.
   *
   * @defaultValue 10_000
   */
  readonly taskTimeoutMs?: number | undefined;
  /**
   * What each worker owns, and how that is made and unmade.
   *
   * @defaultValue workers own nothing
   */
  readonly worker?: WorkerFactory<W> | undefined;
  /**
   * How many workers there should be while tasks wait, and when none have come for a while.
   *
   * @defaultValue doubling()
   */
  readonly scaling?: ScalingPolicy | undefined;
  /**
   * Told when a dispatched task has failed for good, and when making or unmaking a worker fails. What it throws
   * surfaces as an unhandled rejection and changes nothing else.
   *
   * @defaultValue a line on the console, at most one in 10 s
   */
  readonly onError?: ((failure: PoolFailure<W>) => void) | undefined;
}

/** What a {@link WorkerPool} does when it is told nothing. */
export const WORKER_POOL_DEFAULTS: {
  readonly [Name in "minWorkers" | "maxQueued" | "order" | "scaleDownAfterMs" | "taskTimeoutMs"]: NonNullable<
    WorkerPoolOptions[Name]
  >;
} & {
  /** How a worker is made. */
  readonly worker: {
    /** Milliseconds that `create` may take. */
    readonly createTimeoutMs: number;
    /** Milliseconds that `destroy` may take. */
    readonly destroyTimeoutMs: number;
    /** When to call `create` again after it failed. */
    readonly retry: RetryPolicy;
  };
} = Object.freeze({
  minWorkers: 0,
  maxQueued: Infinity,
  order: "fifo",
  scaleDownAfterMs: 300_000,
  taskTimeoutMs: 10_000,
  worker: Object.freeze({
    createTimeoutMs: 30_000,
    destroyTimeoutMs: 30_000,
    retry: exponentialBackoff({ initialMs: 100, multiplier: 2, maxMs: 30_000, jitter: "full" }),
  }),
});

/** Options as the pool uses them: complete, checked, and a copy of its own. */
export interface ResolvedOptions<W> {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly maxQueued: number;
  readonly order: "fifo" | "lifo";
  readonly scaleDownAfterMs: number;
  readonly taskTimeoutMs: number;
  readonly factory: ResolvedFactory<W> | undefined;
  readonly scaling: ScalingPolicy;
  readonly onError: ((failure: PoolFailure<W>) => void) | undefined;
}

const ACTION = "create a WorkerPool";
const DEFAULTS = WORKER_POOL_DEFAULTS;

const NAMES: OptionNames<WorkerPoolOptions> = {
  maxWorkers: true,
  minWorkers: true,
  maxQueued: true,
  order: true,
  scaleDownAfterMs: true,
  taskTimeoutMs: true,
  worker: true,
  scaling: true,
  onError: true,
};

export function normalize<W>(options: WorkerPoolOptions<W>): ResolvedOptions<W> {
  checkOptions<WorkerPoolOptions<W>>(ACTION, "options", options, NAMES);
  const {
    maxWorkers,
    minWorkers = DEFAULTS.minWorkers,
    maxQueued = DEFAULTS.maxQueued,
    order = DEFAULTS.order,
    scaleDownAfterMs = DEFAULTS.scaleDownAfterMs,
    taskTimeoutMs = DEFAULTS.taskTimeoutMs,
    scaling = doubling(),
    worker,
    onError,
  } = options;
  return {
    ...checkSize(ACTION, minWorkers, maxWorkers),
    maxQueued: checkNumber(ACTION, "maxQueued", maxQueued, { whole: true, min: 0, orInfinity: true }),
    order: checkChoice(ACTION, "order", order, ["fifo", "lifo"]),
    scaleDownAfterMs: checkNumber(ACTION, "scaleDownAfterMs", scaleDownAfterMs, { above: 0, orInfinity: true }),
    taskTimeoutMs: checkTimeout(ACTION, "taskTimeoutMs", taskTimeoutMs),
    factory: worker === undefined ? undefined : resolveFactory(worker),
    scaling: checkObject(ACTION, "scaling", scaling, ["grow", "shrink"]),
    onError: onError === undefined ? undefined : checkFunction(ACTION, "onError", onError),
  };
}

/** How few and how many workers there may be. */
export interface PoolSize {
  readonly minWorkers: number;
  readonly maxWorkers: number;
}

/** @throws TypeError or RangeError when there could be no such pool. */
export function checkSize(action: string, minWorkers: number, maxWorkers: number): PoolSize {
  checkNumber(action, "maxWorkers", maxWorkers, { whole: true, min: 1 });
  checkNumber(action, "minWorkers", minWorkers, { whole: true, min: 0 });
  if (minWorkers <= maxWorkers) return { minWorkers, maxWorkers };
  throw new RangeError(`Cannot ${action}: minWorkers must be <= maxWorkers = ${maxWorkers}, got ${show(minWorkers)}`);
}

/** Methods are called on the factory itself, which may be an instance of a class. */
function resolveFactory<W>(factory: WorkerFactory<W>): ResolvedFactory<W> {
  checkObject(ACTION, "worker", factory, ["create"]);
  for (const name of ["destroy", "isUsable"]) {
    const method: unknown = Reflect.get(factory, name);
    if (method !== undefined) checkFunction(ACTION, `worker.${name}`, method);
  }
  const {
    retry = DEFAULTS.worker.retry,
    createTimeoutMs = DEFAULTS.worker.createTimeoutMs,
    destroyTimeoutMs = DEFAULTS.worker.destroyTimeoutMs,
  } = factory;
  return {
    create: (context) => factory.create(context),
    destroy: (worker) => factory.destroy?.(worker),
    isUsable: (worker) => factory.isUsable?.(worker) ?? true,
    createTimeoutMs: checkTimeout(ACTION, "worker.createTimeoutMs", createTimeoutMs),
    destroyTimeoutMs: checkTimeout(ACTION, "worker.destroyTimeoutMs", destroyTimeoutMs),
    retry: checkPolicy(ACTION, "worker.retry", retry),
  };
}
