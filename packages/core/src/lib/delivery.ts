import type { Drop, Receipt } from "@disp/buffer";
import { ItemDroppedError } from "./errors.ts";

/** What the executor below was given last: promises made with one shared executor cost no closure each. */
let latestResolve: () => void;
let latestReject: (error: unknown) => void;

function executor(resolve: () => void, reject: (error: unknown) => void): void {
  latestResolve = resolve;
  latestReject = reject;
}

/** The promise of one item's delivery. */
export class Delivery implements Receipt {
  readonly promise: Promise<void>;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;

  constructor() {
    this.promise = new Promise(executor);
    this.#resolve = latestResolve;
    this.#reject = latestReject;
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
