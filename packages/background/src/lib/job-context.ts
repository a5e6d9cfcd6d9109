/** What `process` is told besides the argument of its job. */
export interface JobContext {
  /** The key of the job. */
  readonly key: string;
  /** Aborted when the processor stops and does not let the job finish. A copy (`{ ...context }`) does not have it. */
  readonly signal: AbortSignal;
  /** 1 at the first attempt. */
  readonly attempt: number;
}
