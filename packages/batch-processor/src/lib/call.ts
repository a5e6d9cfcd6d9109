import type { BatchPhase } from "./errors.ts";
import type { CallContext } from "./options.ts";

/** Whose call it is. */
export interface CallOwner {
  /** Told once when the call has taken too long. */
  overdue(call: Call): void;
}

/** A load, a save, an asynchronous operation, or taking a lock or giving it back, that is under way. */
export class Call {
  readonly phase: BatchPhase;
  readonly owner: CallOwner;
  /** The fencing token of the lock that is held meanwhile. */
  readonly token: number | undefined;
  /** When it has taken too long. Known once it is waited for. */
  timesOutAt: number = Infinity;
  #controller: AbortController | undefined;

  constructor(phase: BatchPhase, owner: CallOwner, token?: number) {
    this.phase = phase;
    this.owner = owner;
    this.token = token;
  }

  get context(): CallContext {
    return new LazyContext(this);
  }

  /** Made when somebody looks at it: most calls never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** Only the first reason counts. */
  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}

/**
 * Shows the signal and the token of a call, and nothing else of it. `signal` is no property of its own, since that would cost
 * each call more than all the rest of it: a copy (`{ ...context }`) is without it.
 */
class LazyContext implements CallContext {
  readonly token: number | undefined;
  readonly #call: Call;

  constructor(call: Call) {
    this.token = call.token;
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}
