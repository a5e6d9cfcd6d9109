import { checkFunction, checkNumber, checkObject, checkOptions, type OptionNames } from "@disp/options";
import { defaultLaneForKey } from "./default-lane-for-key.ts";
import type { KeyLock } from "./key-lock.ts";

/** What `load` and `save` are told besides the key. */
export interface CallContext {
  /**
   * Aborted when the call takes longer than `maxDurationMs`, when its lock is lost, or at the deadline of `stop`. A copy
   * (`{ ...context }`) does not have it.
   */
  readonly signal: AbortSignal;
  /**
   * The fencing token of the batch's lock. Let `load` write it to the row unless a greater one is there, and `save` refuse when
   * the row has another one by then: so nobody who is late overwrites anything. Undefined without a lock.
   */
  readonly token: number | undefined;
}

/** Options of a {@link BatchProcessor}. All are optional, though without `save` nothing is kept. */
export interface BatchProcessorOptions<Resource> {
  /**
   * Gets the resource of a key. Called once per batch, right before its operations run. Let it be an object: operations change
   * it, and nobody can change a number or a string.
   *
   * @defaultValue the resource is undefined, whatever its type says
   */
  readonly load?: ((key: string, context: CallContext) => Resource | PromiseLike<Resource>) | undefined;
  /**
   * Keeps the resource of a key, after all operations of a batch. It has succeeded when it returns or resolves, whatever with.
   *
   * @defaultValue nothing is saved
   */
  readonly save?: ((key: string, resource: Resource, context: CallContext) => unknown) | undefined;
  /**
   * Milliseconds for which a batch waits for more operations, from its first one. 0 = no wait: operations share a batch
   * when they come in one burst, or while the lane is busy.
   *
   * @defaultValue 100
   */
  readonly minDurationMs?: number | undefined;
  /**
   * Milliseconds that each load, each save, each asynchronous operation and the wait for a lock may take; Infinity = as long
   * as it likes. The time a batch waits for its lane does not count.
   *
   * @defaultValue max(2 x minDurationMs, 1_000)
   */
  readonly maxDurationMs?: number | undefined;
  /**
   * Operations per batch, at least 1. A full batch waits no longer, and who comes then opens the next one.
   *
   * @defaultValue Infinity
   */
  readonly maxOperations?: number | undefined;
  /**
   * How many batches may be at work at once, and so how many calls of the database: a lane does one thing at a time.
   *
   * @defaultValue 16 x navigator.hardwareConcurrency, or 64 where that is unknown
   */
  readonly lanes?: number | undefined;
  /**
   * The lane of a key: a whole number from 0 up to, but not including, `lanes`. It must be the same whenever the key is
   * the same.
   *
   * @defaultValue defaultLaneForKey
   */
  readonly laneForKey?: ((key: string, lanes: number) => number) | undefined;
  /**
   * Keeps other processors, in this process or elsewhere, from the key of a batch from before its load until after its
   * save, replays included. It is taken once the batch has its lane, which may take as long as `maxDurationMs`: newcomers
   * join meanwhile. A lane is taken while its batch waits for a lock, so give them enough `lanes`.
   *
   * A lost lock fails the batch with phase `"lock"`. It is given back when the batch is settled and its last call has
   * settled, too: a save that hangs keeps it.
   *
   * @defaultValue no lock
   */
  readonly lock?: KeyLock | undefined;
  /**
   * How often a batch is loaded again and replayed after a conflict, before it fails. The first time at once, then after
   * 5 ms, 10 ms, 20 ms and so on up to 200 ms, with full jitter.
   *
   * @defaultValue 3
   */
  readonly conflictRetries?: number | undefined;
  /**
   * Whether the error of a load or a save says that somebody else has changed the resource meanwhile.
   *
   * @defaultValue no error is a conflict
   */
  readonly isConflict?: ((error: unknown) => boolean) | undefined;
}

/** What a {@link BatchProcessor} does when it is told nothing. `maxDurationMs` depends on `minDurationMs`. */
export const BATCH_PROCESSOR_DEFAULTS: {
  readonly [Name in "minDurationMs" | "maxOperations" | "lanes" | "laneForKey" | "conflictRetries"]: NonNullable<
    BatchProcessorOptions<never>[Name]
  >;
} = Object.freeze({
  minDurationMs: 100,
  maxOperations: Infinity,
  lanes: 16 * parallelism(),
  laneForKey: defaultLaneForKey,
  conflictRetries: 3,
});

/** Options as the processor uses them: complete, checked, and a copy of its own. */
export interface ResolvedOptions<Resource> {
  readonly load: ((key: string, context: CallContext) => Resource | PromiseLike<Resource>) | undefined;
  readonly save: ((key: string, resource: Resource, context: CallContext) => unknown) | undefined;
  readonly minDurationMs: number;
  readonly maxDurationMs: number;
  readonly maxOperations: number;
  readonly lanes: number;
  readonly laneForKey: (key: string, lanes: number) => number;
  readonly lock: KeyLock | undefined;
  readonly conflictRetries: number;
  readonly isConflict: ((error: unknown) => boolean) | undefined;
}

const ACTION = "create a BatchProcessor";
const COUNT = { whole: true, min: 1 };
const SHORTEST_DEFAULT_DEADLINE_MS = 1_000;

const NAMES: OptionNames<BatchProcessorOptions<never>> = {
  load: true,
  save: true,
  minDurationMs: true,
  maxDurationMs: true,
  maxOperations: true,
  lanes: true,
  laneForKey: true,
  lock: true,
  conflictRetries: true,
  isConflict: true,
};

export function normalize<Resource>(options: BatchProcessorOptions<Resource>): ResolvedOptions<Resource> {
  checkOptions(ACTION, "options", options, NAMES);
  const defaults = BATCH_PROCESSOR_DEFAULTS;
  const { minDurationMs = defaults.minDurationMs, maxOperations = defaults.maxOperations } = options;
  const { lanes = defaults.lanes, laneForKey = defaults.laneForKey } = options;
  const { conflictRetries = defaults.conflictRetries } = options;
  checkNumber(ACTION, "minDurationMs", minDurationMs, { min: 0 });
  const { maxDurationMs = Math.max(2 * minDurationMs, SHORTEST_DEFAULT_DEADLINE_MS) } = options;
  return {
    load: checkOptional("load", options.load),
    save: checkOptional("save", options.save),
    minDurationMs,
    maxDurationMs: checkNumber(ACTION, "maxDurationMs", maxDurationMs, { above: 0, orInfinity: true }),
    maxOperations: checkNumber(ACTION, "maxOperations", maxOperations, { ...COUNT, orInfinity: true }),
    lanes: checkNumber(ACTION, "lanes", lanes, COUNT),
    laneForKey: checkFunction(ACTION, "laneForKey", laneForKey),
    lock: options.lock === undefined ? undefined : checkObject(ACTION, "lock", options.lock, ["acquire"]),
    conflictRetries: checkNumber(ACTION, "conflictRetries", conflictRetries, { whole: true, min: 0, orInfinity: true }),
    isConflict: checkOptional("isConflict", options.isConflict),
  };
}

function checkOptional<Hook>(path: string, hook: Hook | undefined): Hook | undefined {
  return hook === undefined ? undefined : checkFunction(ACTION, path, hook);
}

/** How many things this machine does at once. Node knows `navigator` from version 21 on. */
function parallelism(): number {
  const { navigator } = globalThis as { readonly navigator?: { readonly hardwareConcurrency?: unknown } };
  const threads = navigator?.hardwareConcurrency;
  return typeof threads === "number" && threads >= 1 ? Math.floor(threads) : 4;
}
