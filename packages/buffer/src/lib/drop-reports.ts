import type { Drop } from "./drop.ts";
import type { Receipt } from "./receipt.ts";

/** Collects what an operation drops, and reports it when the operation is complete. */
export class DropReports<T> {
  readonly #onDrop: ((drop: Drop<T>) => void) | undefined;
  #drops: Drop<T>[] = [];

  constructor(onDrop: ((drop: Drop<T>) => void) | undefined) {
    this.#onDrop = onDrop;
  }

  get isEmpty(): boolean {
    return this.#drops.length === 0;
  }

  add(drop: Drop<T>, receipts: readonly (Receipt | undefined)[] | undefined): void {
    this.#drops.push(drop);
    receipts?.forEach((receipt) => receipt?.dropped(drop));
  }

  /** Reports all of it, even if a report throws; then throws what was thrown first. */
  send(): void {
    const drops = this.#drops;
    this.#drops = [];
    const errors: unknown[] = [];
    for (const drop of drops) {
      try {
        this.#onDrop?.(drop);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
