/** What a {@link TimeHeap} holds. */
export interface Timed {
  /** When its wait is over. Not to be changed while it is in a heap. */
  readyAt: number;
  /** Tells which of two comes first when both are ready at the same time: the lower one. */
  readonly id: number;
  /** Kept by the heap: the place of this one in it, -1 outside. */
  heapIndex: number;
}

/**
 * A binary min-heap by the time when its members are ready, the lower id first among equals. Each knows its index, so
 * any of them can leave in O(log n).
 */
export class TimeHeap<Member extends Timed> {
  readonly #heap: Member[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): Member | undefined {
    return this.#heap[0];
  }

  push(member: Member): void {
    this.#heap.push(member);
    this.#rise(member, this.#heap.length - 1);
  }

  pop(): Member | undefined {
    const first = this.#heap[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(member: Member): void {
    const index = member.heapIndex;
    const last = this.#heap.pop();
    member.heapIndex = -1;
    if (last === undefined || last === member) return;
    // The last one takes the empty place, and may belong above or below it.
    this.#rise(last, index);
    this.#sink(last, last.heapIndex);
  }

  clear(): Member[] {
    const members = this.#heap.splice(0);
    for (const member of members) member.heapIndex = -1;
    return members;
  }

  #rise(member: Member, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent] as Member;
      if (!isBefore(member, above)) break;
      this.#place(above, index);
      index = parent;
    }
    this.#place(member, index);
  }

  #sink(member: Member, from: number): void {
    let index = from;
    for (let below = this.#firstBelow(index); below !== undefined; below = this.#firstBelow(index)) {
      if (!isBefore(below, member)) break;
      const next = below.heapIndex;
      this.#place(below, index);
      index = next;
    }
    this.#place(member, index);
  }

  #firstBelow(index: number): Member | undefined {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
  }

  #place(member: Member, index: number): void {
    this.#heap[index] = member;
    member.heapIndex = index;
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.readyAt < b.readyAt || (a.readyAt === b.readyAt && a.id < b.id);
}
