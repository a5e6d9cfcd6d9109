import type { TaskContext } from "./task.ts";

/** The context of one attempt. Its signal is made when somebody looks at it: most tasks never do. */
export class RunContext<W> implements TaskContext<W> {
  readonly worker: W;
  readonly attempt: number;
  #controller: AbortController | undefined = undefined;

  constructor(worker: W, attempt: number) {
    this.worker = worker;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** Not a method: a task has no business aborting itself. Only the first reason counts. */
  static abort<W>(context: RunContext<W>, reason: unknown): void {
    context.#controller ??= new AbortController();
    context.#controller.abort(reason);
  }
}
