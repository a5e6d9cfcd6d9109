/** The pool is full: `maxQueued` tasks wait and no worker is free. Nothing was accepted. Wait for `ready()`, or shed load. */
export class PoolFullError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "PoolFullError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_POOL_FULL";
  /** How many tasks may wait. */
  readonly maxQueued: number;

  /** @internal */
  constructor(maxQueued: number) {
    super(`Cannot execute: at most maxQueued = ${maxQueued} tasks must wait, got one more`);
    this.maxQueued = maxQueued;
  }
}

/** The pool has quit, or is quitting: the task was not accepted, or was given back before it was done. */
export class PoolQuitError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "PoolQuitError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_POOL_QUIT";
  /** Whether the task had been started: then it may still come to its end, though nobody waits for it. */
  readonly started: boolean;

  /** @internal */
  constructor(action: string, got: string, started = false) {
    super(`Cannot ${action}: the pool must not quit, got ${got}`);
    this.started = started;
  }
}

/** An attempt took longer than its timeout. Its signal is aborted with this error; it keeps its worker until it settles. */
export class TaskTimeoutError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "TaskTimeoutError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_TASK_TIMEOUT";
  /** How long the attempt was allowed to take, in milliseconds. */
  readonly timeoutMs: number;

  /** @internal */
  constructor(timeoutMs: number, option: string) {
    super(`Cannot wait for the task: it must settle within ${timeoutMs} ms (${option}), got nothing`);
    this.timeoutMs = timeoutMs;
  }
}

/** `worker.create` took longer than `worker.createTimeoutMs`. What it makes after all is destroyed. */
export class WorkerCreateTimeoutError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "WorkerCreateTimeoutError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_WORKER_CREATE_TIMEOUT";
  /** How long it was allowed to take, in milliseconds. */
  readonly timeoutMs: number;

  /** @internal */
  constructor(timeoutMs: number) {
    const option = "worker.createTimeoutMs; of threads, startTimeoutMs";
    super(`Cannot create a worker: create must settle within ${timeoutMs} ms (${option}), got nothing`);
    this.timeoutMs = timeoutMs;
  }
}

/** `worker.destroy` took longer than `worker.destroyTimeoutMs`: nobody waits for it any more. */
export class WorkerDestroyTimeoutError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "WorkerDestroyTimeoutError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_WORKER_DESTROY_TIMEOUT";
  /** How long it was allowed to take, in milliseconds. */
  readonly timeoutMs: number;

  /** @internal */
  constructor(timeoutMs: number) {
    const option = "worker.destroyTimeoutMs";
    super(`Cannot destroy a worker: destroy must settle within ${timeoutMs} ms (${option}), got nothing`);
    this.timeoutMs = timeoutMs;
  }
}
