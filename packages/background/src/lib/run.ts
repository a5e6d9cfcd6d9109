/** What `process` is told besides the argument of its job. */
export interface JobContext {
  /** The key of the job. */
  readonly key: string;
  /** Aborted when the processor stops and does not let the job finish. A copy (`{ ...context }`) does not have it. */
  readonly signal: AbortSignal;
  /** 1 at the first attempt. */
  readonly attempt: number;
}

/** One attempt at a job, as the job itself sees it. Its signal is made when somebody looks at it: most jobs never do. */
export class Run implements JobContext {
  readonly key: string;
  readonly attempt: number;
  #controller: AbortController | undefined = undefined;

  constructor(key: string, attempt: number) {
    this.key = key;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** Static, so that jobs do not find it on their context. Only the first reason counts. */
  static abort(run: Run, reason: unknown): void {
    run.#controller ??= new AbortController();
    run.#controller.abort(reason);
  }
}
