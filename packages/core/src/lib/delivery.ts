import type { Drop, Receipt } from "@disp/buffer";
import { ItemDroppedError } from "./errors.ts";

/** The promise of one item's delivery. */
export class Delivery implements Receipt {
  readonly promise: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  delivered(): void {
    this.#resolve();
  }

  dropped({ reason, error }: Drop<unknown>): void {
    this.#reject(new ItemDroppedError(reason, error));
  }

  /** The item was never accepted. */
  refused(error: unknown): void {
    this.#reject(error);
  }
}
