import { Ring } from "./ring.ts";

const DONE = Promise.resolve();

/** Sixteen places between one sender and one receiver, both of which wait for the other, by hand. */
export class BoundedChannel {
  readonly #items = new Ring(16);
  #receive: ((item: number) => void) | undefined;
  #sent = 0;
  #admit: (() => void) | undefined;

  put(item: number): Promise<void> {
    const receive = this.#receive;
    if (receive !== undefined) {
      this.#receive = undefined;
      receive(item);
      return DONE;
    }
    if (this.#items.size < 16) {
      this.#items.push(item);
      return DONE;
    }
    this.#sent = item;
    return new Promise((resolve) => {
      this.#admit = resolve;
    });
  }

  take(): Promise<number> {
    if (this.#items.size === 0) {
      return new Promise((resolve) => {
        this.#receive = resolve;
      });
    }
    const item = this.#items.shift() as number;
    const admit = this.#admit;
    if (admit !== undefined) {
      this.#admit = undefined;
      this.#items.push(this.#sent);
      admit();
    }
    return Promise.resolve(item);
  }
}
