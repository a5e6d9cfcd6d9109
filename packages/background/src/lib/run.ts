/** What `process` is told besides the argument of its job. */
export interface JobContext {
  /** The key of the job. */
  readonly key: string;
  /** Aborted when the processor stops and does not let the job finish. */
  readonly signal: AbortSignal;
  /** 1 at the first attempt. */
  readonly attempt: number;
}

/**
 * One attempt at a job, as the job itself sees it. `signal` is a property of its own, so that a copy (`{ ...context }`) has
 * it, too; the controller is made when somebody looks at it, which most jobs never do.
 */
export class Run implements JobContext {
  readonly key: string;
  declare readonly signal: AbortSignal;
  readonly attempt: number;
  #controller: AbortController | undefined = undefined;

  constructor(key: string, attempt: number) {
    this.key = key;
    Object.defineProperty(this, "signal", Run.#SIGNAL);
    this.attempt = attempt;
  }

  static readonly #SIGNAL: PropertyDescriptor = {
    enumerable: true,
    get(this: Run): AbortSignal {
      this.#controller ??= new AbortController();
      return this.#controller.signal;
    },
  };

  /** Static, so that jobs do not find it on their context. Only the first reason counts. */
  static abort(run: Run, reason: unknown): void {
    run.#controller ??= new AbortController();
    run.#controller.abort(reason);
  }
}
