import { checkObject, show } from "@disp/options";
import { oncePerThread } from "./once-per-thread.ts";

const marked = (): WeakMap<object, readonly unknown[]> => oncePerThread("transferred", () => new WeakMap());

/**
 * Marks what of a task's result is moved to the caller instead of copied, like the transfer list of `postMessage`: buffers,
 * ports, streams. What was moved is empty in the thread afterwards. Return the marked value itself from the task.
 *
 * @typeParam Result - What the task returns.
 * @param result - What the task returns; an object.
 * @param transfer - What of it is moved.
 * @returns `result`.
 * @throws TypeError when `result` is no object or `transfer` is no array.
 *
 * @example
 * ```ts
 * import { defineTasks, transferred } from "@disp/worker-pool/threads";
 *
 * const tasks = defineTasks({
 *   blank(bytes: number) {
 *     const image = new Uint8Array(bytes);
 *     return transferred(image, [image.buffer]);
 *   },
 * });
 * tasks.blank(2).length; // => 2
 * ```
 */
export function transferred<Result extends object>(result: Result, transfer: readonly unknown[]): Result {
  checkObject("transfer a result", "result", result);
  if (!Array.isArray(transfer)) {
    throw new TypeError(`Cannot transfer a result: transfer must be an array, got ${show(transfer)}`);
  }
  marked().set(result, transfer);
  return result;
}

/** What of a result is moved. */
export function transferOf(result: unknown): readonly unknown[] | undefined {
  return typeof result === "object" && result !== null ? marked().get(result) : undefined;
}
