import type { Lease } from "@disp/buffer";

/** What `send` is told besides its batch. */
export interface SendContext {
  /**
   * Aborted when the send takes longer than `sendTimeoutMs`, or when everything is called off. A copy (`{ ...context }`) does not
   * have it.
   */
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
 * Shows the signal of a send, and nothing else of it. `signal` is no property of its own, since that would cost each send more
 * than all the rest of its context: a copy (`{ ...context }`) is without it.
 */
class LazyContext implements SendContext {
  readonly attempt: number;
  readonly #send: RunningSend<unknown>;

  constructor(send: RunningSend<unknown>, attempt: number) {
    this.attempt = attempt;
    this.#send = send;
  }

  get signal(): AbortSignal {
    return this.#send.signal;
  }
}
