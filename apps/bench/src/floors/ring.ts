/** A queue by hand for a known number of items: a ring whose length is a power of two. */
export class Ring {
  readonly #slots: (number | undefined)[];
  readonly #mask: number;
  #start = 0;
  #end = 0;

  constructor(length: number) {
    this.#slots = new Array<number | undefined>(length).fill(undefined);
    this.#mask = length - 1;
  }

  get size(): number {
    return this.#end - this.#start;
  }

  push(item: number): void {
    this.#slots[this.#end++ & this.#mask] = item;
  }

  shift(): number | undefined {
    const index = this.#start++ & this.#mask;
    const item = this.#slots[index];
    this.#slots[index] = undefined;
    return item;
  }
}
