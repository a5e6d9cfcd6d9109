import { type WaitOptions, WaitQueue } from "@disp/sync-queue";

/** Those who wait for a flush: each until the batch that was the newest then, and all before it, are settled. */
export class Flushes {
  readonly #line = new WaitQueue<void, number>();

  /** @param newestId - Of the batch to wait for; the ids of batches only grow. */
  wait(newestId: number, options: WaitOptions | undefined): Promise<void> {
    return this.#line.wait(newestId, options);
  }

  /** @param oldestId - Of the oldest batch that is not settled; Infinity = all are. */
  settledBefore(oldestId: number): void {
    for (let next = this.#line.front; next !== undefined && next.data < oldestId; next = this.#line.front) {
      next.resolve();
    }
  }
}
