import type { BatchRecord } from "./batch-record.ts";

/**
 * All batches that are not settled, in the order in which they were opened: those that live, and those that are on a
 * lease but were passed over. Joining, leaving and asking for the oldest are all O(1).
 */
export class UnsettledBatches<T> {
  #oldest: BatchRecord<T> | undefined;
  #newest: BatchRecord<T> | undefined;
  /** Older than all that live, and in order, since the oldest is always passed over first. */
  readonly #passedOver = new Set<BatchRecord<T>>();

  /** The oldest that lives. */
  get oldestLive(): BatchRecord<T> | undefined {
    return this.#oldest;
  }

  /** The id of the oldest, living or passed over. */
  get oldestId(): number | undefined {
    for (const { id } of this.#passedOver) return id;
    return this.#oldest?.id;
  }

  append(record: BatchRecord<T>): void {
    record.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = record;
    else this.#newest.newer = record;
    this.#newest = record;
  }

  /** A leased batch lives no longer; whether it is delivered is known when its lease ends. */
  passOver(record: BatchRecord<T>): void {
    this.#unlink(record);
    this.#passedOver.add(record);
  }

  settle(record: BatchRecord<T>): void {
    if (!this.#passedOver.delete(record)) this.#unlink(record);
  }

  #unlink(record: BatchRecord<T>): void {
    const { older, newer } = record;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    record.older = undefined;
    record.newer = undefined;
  }
}
