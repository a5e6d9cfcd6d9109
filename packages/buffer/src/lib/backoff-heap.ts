import type { BatchRecord } from "./batch-record.ts";

/**
 * A binary min-heap of batches by the time when they are ready, older ones first among equals. Each record knows its
 * index, so any of them can leave in O(log n).
 */
export class BackoffHeap<T> {
  readonly #heap: BatchRecord<T>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): BatchRecord<T> | undefined {
    return this.#heap[0];
  }

  push(record: BatchRecord<T>): void {
    this.#heap.push(record);
    this.#rise(record, this.#heap.length - 1);
  }

  pop(): BatchRecord<T> | undefined {
    const first = this.#heap[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(record: BatchRecord<T>): void {
    const index = record.heapIndex;
    const last = this.#heap.pop();
    record.heapIndex = -1;
    if (last === undefined || last === record) return;
    // The last one takes the empty place, and may belong above or below it.
    this.#rise(last, index);
    this.#sink(last, last.heapIndex);
  }

  clear(): BatchRecord<T>[] {
    const records = this.#heap.splice(0);
    for (const record of records) record.heapIndex = -1;
    return records;
  }

  #rise(record: BatchRecord<T>, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent] as BatchRecord<T>;
      if (!isBefore(record, above)) break;
      this.#place(above, index);
      index = parent;
    }
    this.#place(record, index);
  }

  #sink(record: BatchRecord<T>, from: number): void {
    let index = from;
    for (let below = this.#firstBelow(index); below !== undefined; below = this.#firstBelow(index)) {
      if (!isBefore(below, record)) break;
      const next = below.heapIndex;
      this.#place(below, index);
      index = next;
    }
    this.#place(record, index);
  }

  #firstBelow(index: number): BatchRecord<T> | undefined {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
  }

  #place(record: BatchRecord<T>, index: number): void {
    this.#heap[index] = record;
    record.heapIndex = index;
  }
}

function isBefore<T>(a: BatchRecord<T>, b: BatchRecord<T>): boolean {
  return a.readyAt < b.readyAt || (a.readyAt === b.readyAt && a.id < b.id);
}
