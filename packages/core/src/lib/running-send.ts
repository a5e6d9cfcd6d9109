import { AbortContext } from "@disp/abort";
import type { Lease } from "@disp/buffer";
import type { SendContext } from "./send-context.ts";

/** A call of `send` that has not settled. */
export class RunningSend<T> {
  readonly lease: Lease<T>;
  readonly startedAt: number;
  /** When it counts as failed; Infinity = never. */
  readonly timesOutAt: number;
  readonly context: SendContext & AbortContext;

  constructor(lease: Lease<T>, startedAt: number, timeoutMs: number) {
    this.lease = lease;
    this.startedAt = startedAt;
    this.timesOutAt = startedAt + timeoutMs;
    this.context = new Context(lease.batch.attempt);
  }

  abort(reason: unknown): void {
    AbortContext.abort(this.context, reason);
  }
}

class Context extends AbortContext implements SendContext {
  readonly attempt: number;

  constructor(attempt: number) {
    super();
    this.attempt = attempt;
  }
}
