/**
 * A last-in, first-out stack: what was left over comes back newest first. For first-in, first-out take `Deque` of
 * `@disp/sync-queue`; inside a pool, `order: "lifo"` does the same.
 *
 * @typeParam T - What it holds.
 *
 * @example
 * ```ts
 * import { TaskStack } from "@disp/worker-pool";
 *
 * const stack = new TaskStack<string>();
 * stack.push("a");
 * stack.push("b");
 * stack.peek(); // => "b"
 * stack.pop(); // => "b"
 * stack.size; // => 1
 * ```
 */
export class TaskStack<T> {
  readonly #items: T[] = [];

  /** How many are in it. */
  get size(): number {
    return this.#items.length;
  }

  /** Puts one on top. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the top one. @returns undefined when it is empty; `size` tells an empty stack from an undefined item. */
  pop(): T | undefined {
    return this.#items.pop();
  }

  /** Looks at the top one. @returns undefined when it is empty. */
  peek(): T | undefined {
    return this.#items.at(-1);
  }
}
