import { WrongResultError } from "./wrong-result.ts";

/**
 * The items of every case are 0, 1, 2, ... So whoever takes them in order has all of them, and none twice, exactly if
 * each is the number of items taken before. That is cheap enough to be looked at in timed rounds as well.
 */
export class Tally {
  #next = 0;
  #fault: string | undefined;

  get taken(): number {
    return this.#next;
  }

  take(item: number | undefined): void {
    if (item !== this.#next) this.#fault ??= `item ${this.#next} came as ${String(item)}`;
    this.#next++;
  }

  /** Looks at the ends of a batch; at every item if `isThorough`. */
  takeBatch(items: readonly number[], isThorough: boolean): void {
    if (isThorough) {
      for (const item of items) this.take(item);
      return;
    }
    const { length } = items;
    const last = this.#next + length - 1;
    if (items[0] !== this.#next) this.#fault ??= `item ${this.#next} came as ${String(items[0])}`;
    if (items[length - 1] !== last) this.#fault ??= `item ${last} came as ${String(items[length - 1])}`;
    this.#next += length;
  }

  /** @throws WrongResultError unless exactly `count` items came, in order. */
  finish(count: number): void {
    if (this.#fault !== undefined) throw new WrongResultError(this.#fault);
    if (this.#next !== count) throw new WrongResultError(`${this.#next} items came out, not ${count}`);
  }
}
