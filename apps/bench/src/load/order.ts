/**
 * Gives each call a number, and sees in which order the items come out that carry them. Whoever comes out at a later
 * place than its number was overtaken.
 */
export class CallOrder {
  readonly #total: number;
  #next = 0;
  #place = 0;
  /** By how many places somebody came out later than its turn, at most. */
  placesLost = 0;

  /** @param total - So many calls, and no more. */
  constructor(total: number) {
    this.#total = total;
  }

  get isOver(): boolean {
    return this.#next === this.#total;
  }

  /** The number of a call that is made now. */
  take(): number {
    return this.#next++;
  }

  /** Makes a call now that may be refused: then its number goes to the next one. Returns whether it was taken. */
  attempt(call: (item: number) => boolean): boolean {
    if (this.isOver || !call(this.#next)) return false;
    this.#next++;
    return true;
  }

  see(items: readonly number[]): void {
    for (const item of items) {
      this.placesLost = Math.max(this.placesLost, this.#place - item);
      this.#place++;
    }
  }
}
