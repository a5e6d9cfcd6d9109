/** What {@link unchanged} makes. */
export class Unchanged<Value> {
  readonly #value: Value;

  /** @internal */
  constructor(value: Value) {
    this.#value = value;
  }

  /** What the run resolves with. */
  get value(): Value {
    return this.#value;
  }
}

/**
 * Returned by an operation that has changed nothing. When that is true of every operation of a batch, nothing is saved.
 *
 * @param value - What the run resolves with.
 *
 * @example
 * ```ts
 * import { BatchProcessor, unchanged } from "@disp/batch-processor";
 *
 * let saves = 0;
 * const stocks = new BatchProcessor({
 *   load: () => ({ pieces: 3 }),
 *   save: () => void saves++,
 *   minDurationMs: 0,
 * });
 *
 * await stocks.run("apples", (stock) => unchanged(stock.pieces)); // => 3
 * saves; // => 0
 * ```
 */
export function unchanged<Value>(value: Value): Unchanged<Value>;
/** Returned by an operation that has changed nothing, and has no result. */
export function unchanged(): Unchanged<undefined>;
export function unchanged(value?: unknown): Unchanged<unknown> {
  return new Unchanged(value);
}
