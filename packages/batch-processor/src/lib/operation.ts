import { type AbortListener, addAbortListener, removeAbortListener } from "@disp/abort";
import { OperationCancelledError } from "./errors.ts";
import { Unchanged } from "./unchanged.ts";

/** The batch of an operation, as far as the operation knows it. */
export interface OperationHost<Resource> {
  readonly key: string;
  /** Called with an operation that is new. */
  joined(operation: Operation<Resource>): void;
  /** Called when an operation runs for the first time. */
  began(): void;
  /** Called when an operation was cancelled. */
  cancelled(operation: Operation<Resource>): void;
}

/** Not run yet. */
export const WAITING = 0;
/** What has come of its last run; a replay may change one of these into another. CHANGED while it runs. */
export const CHANGED = 1;
export const UNCHANGED = 2;
export const THREW = 3;

/** What the executor below was given last: promises made with one shared executor cost no closure each. */
let latestResolve: (value: unknown) => void;
let latestReject: (error: unknown) => void;

function executor(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  latestResolve = resolve;
  latestReject = reject;
}

/** Puts an operation into a batch, and returns the promise of its end. */
export function joinBatch<Resource>(
  batch: OperationHost<Resource>,
  work: (resource: Resource) => unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const promise = new Promise(executor);
  batch.joined(new Operation(batch, work, signal, latestResolve, latestReject));
  return promise;
}

/** One call of `run`: what to do, and the promise that tells how it went. */
export class Operation<Resource> implements AbortListener {
  /** Kept by the batch: the place of this one in it. */
  index = 0;
  status: typeof WAITING | typeof CHANGED | typeof UNCHANGED | typeof THREW = WAITING;
  readonly #host: OperationHost<Resource>;
  readonly #work: (resource: Resource) => unknown;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  /** What it returned or threw when it ran last. */
  #outcome: unknown = undefined;

  constructor(
    host: OperationHost<Resource>,
    work: (resource: Resource) => unknown,
    signal: AbortSignal | undefined,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#host = host;
    this.#work = work;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    if (signal !== undefined) addAbortListener(signal, this);
  }

  /** Called by the signal, and only before it runs: then it listens no longer. */
  handleAbort(): void {
    this.#reject(new OperationCancelledError(this.#host.key, this.#signal?.reason));
    this.#host.cancelled(this);
  }

  /** @returns what to wait for when it is asynchronous; then `returned` or `threw` has to be told. */
  run(resource: Resource): PromiseLike<unknown> | undefined {
    if (this.status === WAITING) {
      this.#deafen();
      this.#host.began();
    }
    this.status = CHANGED;
    const work = this.#work;
    try {
      const result = work(resource);
      if (isThenable(result)) return result;
      this.returned(result);
    } catch (error) {
      this.threw(error);
    }
    return undefined;
  }

  returned(result: unknown): void {
    const isUnchanged = result instanceof Unchanged;
    this.status = isUnchanged ? UNCHANGED : CHANGED;
    this.#outcome = isUnchanged ? result.value : result;
  }

  threw(error: unknown): void {
    this.status = THREW;
    this.#outcome = error;
  }

  /** Its batch was saved. */
  succeed(): void {
    if (this.status === THREW) this.#reject(this.#outcome);
    else this.#resolve(this.#outcome);
  }

  /** Its batch was not saved. */
  fail(error: unknown): void {
    if (this.status === WAITING) this.#deafen();
    this.#reject(this.status === THREW ? this.#outcome : error);
  }

  #deafen(): void {
    if (this.#signal !== undefined) removeAbortListener(this.#signal, this);
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return "then" in value && typeof value.then === "function";
}
