import type { BatchRecord } from "./batch-record.ts";

/** The live batches in the order in which they were opened. Joining, leaving and asking for the oldest are all O(1). */
export class LiveLine<T> {
  #oldest: BatchRecord<T> | undefined;
  #newest: BatchRecord<T> | undefined;

  get oldest(): BatchRecord<T> | undefined {
    return this.#oldest;
  }

  append(record: BatchRecord<T>): void {
    record.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = record;
    else this.#newest.newer = record;
    this.#newest = record;
  }

  remove(record: BatchRecord<T>): void {
    const { older, newer } = record;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    record.older = undefined;
    record.newer = undefined;
  }
}
