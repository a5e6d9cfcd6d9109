import { checkObject, show } from "@disp/options";

const lists = new WeakMap<object, readonly unknown[]>();

/**
 * Marks what of a task's result is moved to the caller instead of copied, like the transfer list of `postMessage`: buffers,
 * ports, streams. What was moved is empty in the thread afterwards. Return the marked value itself from the task.
 *
 * @param result - What the task returns; an object.
 * @param transfer - What of it is moved.
 * @returns `result`.
 * @throws TypeError when `result` is no object or `transfer` is no array.
 *
 * @example
 * ```ts
 * import { defineTasks, transferred } from "@disp/worker-pool/threads";
 *
 * export const tasks = defineTasks({
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
  lists.set(result, transfer);
  return result;
}

/** What of a result is moved. */
export function transferOf(result: unknown): readonly unknown[] | undefined {
  return typeof result === "object" && result !== null ? lists.get(result) : undefined;
}
