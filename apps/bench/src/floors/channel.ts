import { SegmentQueue } from "./segment-queue.ts";

/** A queue with receivers that wait, by hand. */
export class Channel {
  readonly #items = new SegmentQueue();
  readonly #receivers: ((item: number) => void)[] = [];

  put(item: number): void {
    const receiver = this.#receivers.pop();
    if (receiver === undefined) this.#items.push(item);
    else receiver(item);
  }

  take(): Promise<number> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => {
      this.#receivers.push(resolve);
    });
  }
}
