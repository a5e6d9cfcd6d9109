/**
 * What sends, tasks and jobs are given: a signal that is made when somebody looks at it, for most never do. It is no property
 * of its own, since that would cost each of them more than all the rest: a copy (`{ ...context }`) is without it.
 */
export class AbortContext {
  #controller: AbortController | undefined = undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** Static, so that who is given the context does not find it there. Only the first reason counts. */
  static abort(context: AbortContext, reason: unknown): void {
    context.#controller ??= new AbortController();
    context.#controller.abort(reason);
  }
}
