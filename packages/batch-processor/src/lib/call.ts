import { AbortContext } from "@disp/abort";
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
  /** What a load and a save are told. */
  readonly context: CallContext & AbortContext;
  /** When it has taken too long. Known once it is waited for. */
  timesOutAt: number = Infinity;

  /** @param token - The fencing token of the lock that is held meanwhile. */
  constructor(phase: BatchPhase, owner: CallOwner, token?: number) {
    this.phase = phase;
    this.owner = owner;
    this.context = new Context(token);
  }

  abort(reason: unknown): void {
    AbortContext.abort(this.context, reason);
  }
}

class Context extends AbortContext implements CallContext {
  readonly token: number | undefined;

  constructor(token: number | undefined) {
    super();
    this.token = token;
  }
}
