const LENGTH = 2_048;

class Segment {
  readonly slots = new Array<number | undefined>(LENGTH);
  next: Segment | undefined = undefined;
}

/** A queue by hand: linked segments, so growing never copies and memory goes back. */
export class SegmentQueue {
  #head = new Segment();
  #tail = this.#head;
  #start = 0;
  #end = 0;

  get isEmpty(): boolean {
    return this.#start === this.#end && this.#head === this.#tail;
  }

  push(item: number): void {
    if (this.#end === LENGTH) {
      this.#tail = this.#tail.next = new Segment();
      this.#end = 0;
    }
    this.#tail.slots[this.#end++] = item;
  }

  shift(): number | undefined {
    if (this.isEmpty) return undefined;
    if (this.#start === LENGTH && this.#head.next !== undefined) {
      this.#head = this.#head.next;
      this.#start = 0;
    }
    const item = this.#head.slots[this.#start];
    this.#head.slots[this.#start++] = undefined;
    return item;
  }
}
