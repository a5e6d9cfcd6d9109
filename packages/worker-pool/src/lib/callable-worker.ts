/** Told what a call has resulted in. */
export type OnDone = (result: unknown) => void;

/** Told what a call has failed with. */
export type OnFail = (error: unknown) => void;

/**
 * A worker that does tasks elsewhere and knows them by name: a thread. `WorkerPool.call` hands it calls, which it does
 * one after another.
 *
 * @typeParam Tasks - The functions that it knows, by name.
 */
export interface CallableWorker<Tasks> {
  /** Never set; it carries the type. */
  readonly tasks?: Tasks;
  /** How many calls it may be handed ahead of time, beyond the one that it is at; at least 0. */
  readonly lookahead: number;
  /**
   * Does one task. Calls are answered one by one, in the order in which they came.
   *
   * @param name - The name of the task.
   * @param args - Its arguments.
   * @param transfer - What of the arguments is moved there, not copied.
   * @param onDone - Called when it has succeeded, unless it was taken back.
   * @param onFail - Called when it has failed, unless it was taken back; never within this call.
   */
  call(name: string, args: readonly unknown[], transfer: readonly unknown[], onDone: OnDone, onFail: OnFail): void;
  /** Asks the call that it is at to stop. What happens when it does not is up to the worker; it is answered either way. */
  abort(reason: unknown): void;
  /**
   * Takes back the calls that it has not begun; they are never begun and not answered.
   *
   * @returns How many they are: the last so many.
   */
  takeBack(): number;
}

/** The names of the tasks that workers of type `W` know; none for workers that take no calls. */
export type TaskName<W> = W extends CallableWorker<infer Tasks> ? keyof Tasks & string : never;

/** The function that workers of type `W` know by this name. */
export type TaskOf<W, Name> =
  W extends CallableWorker<infer Tasks> ? (Name extends keyof Tasks ? Tasks[Name] : never) : never;

/**
 * The arguments of a task, as an array. A task of one parameter may be given that alone, unless it is an array itself.
 */
export type TaskArguments<W, Name> =
  TaskOf<W, Name> extends (...args: infer Args) => unknown
    ? Args | (Args extends [infer Only] ? (Only extends readonly unknown[] ? never : Only) : never)
    : never;

/** What a task results in, once it is awaited. */
export type TaskResult<W, Name> = TaskOf<W, Name> extends (...args: never[]) => infer R ? Awaited<R> : never;
