/**
 * A thread has died, and the call which it was at with it: it exited, an error was caught by nobody, its memory was full,
 * or it was terminated because it did not stop. Whatever waited behind that call is done by another thread. `create`
 * of {@link threadWorkers} rejects with it, too, when the worker's file cannot be loaded.
 *
 * `cause` is the error that the thread died of, if there was one.
 */
export class WorkerCrashedError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "WorkerCrashedError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_WORKER_CRASHED";
  /** What the thread exited with, or undefined when it was given up before it exited. */
  readonly exitCode: number | undefined;

  /** @internal */
  constructor(action: string, got: string, exitCode: number | undefined, cause: unknown) {
    super(`Cannot ${action}, got ${got}`, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}
