import type { TaskContext } from "./task.ts";

/** The context of one attempt. Its signal is made when somebody looks at it: most tasks never do. */
export class RunContext<W> implements TaskContext<W> {
  readonly worker: W;
  readonly attempt: number;
  #controller: AbortController | undefined = undefined;
  #abortedBy: { readonly reason: unknown } | undefined = undefined;

  constructor(worker: W, attempt: number) {
    this.worker = worker;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortedBy !== undefined) this.#controller.abort(this.#abortedBy.reason);
    }
    return this.#controller.signal;
  }

  /** Not a method: a task has no business aborting itself. */
  static abort<W>(context: RunContext<W>, reason: unknown): void {
    context.#abortedBy ??= { reason };
    context.#controller?.abort(reason);
  }
}
