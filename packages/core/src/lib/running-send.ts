import type { Lease } from "@disp/buffer";

/** What `send` is told besides its batch. */
export interface SendContext {
  /** Aborted when the send takes longer than `sendTimeoutMs`, or when everything is called off. */
  readonly signal: AbortSignal;
  /** 1 at the first attempt. */
  readonly attempt: number;
}

/** A call of `send` that has not settled. */
export class RunningSend<T> {
  readonly lease: Lease<T>;
  readonly startedAt: number;
  /** When it counts as failed; Infinity = never. */
  readonly timesOutAt: number;
  #controller: AbortController | undefined;

  constructor(lease: Lease<T>, startedAt: number, timeoutMs: number) {
    this.lease = lease;
    this.startedAt = startedAt;
    this.timesOutAt = startedAt + timeoutMs;
  }

  get context(): SendContext {
    return new LazyContext(this, this.lease.batch.attempt);
  }

  /** Made when somebody looks at it: most sends never do. */
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
 * Shows the signal of a send, and nothing else of it. `signal` is a property of its own, so that a copy (`{ ...context }`)
 * has it, too.
 */
class LazyContext implements SendContext {
  declare readonly signal: AbortSignal;
  readonly attempt: number;
  readonly #send: RunningSend<unknown>;

  constructor(send: RunningSend<unknown>, attempt: number) {
    Object.defineProperty(this, "signal", LazyContext.#SIGNAL);
    this.attempt = attempt;
    this.#send = send;
  }

  static readonly #SIGNAL: PropertyDescriptor = {
    enumerable: true,
    get(this: LazyContext): AbortSignal {
      return this.#send.signal;
    },
  };
}
