import type { Receipt } from "./receipt.ts";

/**
 * Where a batch is in its life: it waits, is leased, perhaps goes back to waiting, and settles. `"passed-over"` is
 * leased too, but its room was given to others.
 */
export type BatchPlace = "waiting" | "leased" | "passed-over" | "settled";

/** A batch as the buffer keeps it. What the holder of a lease sees is a view of it, made anew for each attempt. */
export class BatchRecord<T> {
  readonly id: number;
  readonly synthetic: boolean;
  readonly openedAt: number;
  place: BatchPlace = "waiting";
  items: readonly T[] = [];
  /** Aligned with `items`; absent until an item comes with a size. */
  sizes: readonly number[] | undefined;
  /** Aligned with `items`; absent until an item comes with a receipt. */
  receipts: readonly (Receipt | undefined)[] | undefined;
  /** Total size of `items`. */
  size = 0;
  attempts = 0;
  meta: unknown;
  /** When it may be leased; meaningless while it grows. */
  readyAt = 0;
  /** Its index in the heap of those that back off. */
  heapIndex = -1;
  /** Its neighbours in the line of live batches. */
  older: BatchRecord<T> | undefined;
  newer: BatchRecord<T> | undefined;

  constructor(id: number, openedAt: number, synthetic: boolean) {
    this.id = id;
    this.openedAt = openedAt;
    this.synthetic = synthetic;
  }

  append(item: T, size: number | undefined, receipt: Receipt | undefined): void {
    if (size !== undefined || this.sizes !== undefined) this.#appendSize(size ?? 0);
    if (receipt !== undefined || this.receipts !== undefined) this.#appendReceipt(receipt);
    (this.items as T[]).push(item);
  }

  /** Replaces the contents by those at `indexes` and hands back what the others were. */
  retain(indexes: readonly number[]): { items: number; size: number; receipts: Receipt[] } {
    const { items, sizes, receipts, size } = this;
    const kept = new Set(indexes);
    this.items = indexes.map((index) => items[index] as T);
    this.sizes = sizes && indexes.map((index) => sizes[index] as number);
    this.receipts = receipts && indexes.map((index) => receipts[index]);
    this.size = this.sizes === undefined ? 0 : this.sizes.reduce((sum, each) => sum + each, 0);
    return {
      items: items.length - this.items.length,
      size: size - this.size,
      receipts: (receipts ?? []).filter((receipt, index) => receipt !== undefined && !kept.has(index)) as Receipt[],
    };
  }

  #appendSize(size: number): void {
    this.sizes ??= new Array<number>(this.items.length).fill(0);
    (this.sizes as number[]).push(size);
    this.size += size;
  }

  #appendReceipt(receipt: Receipt | undefined): void {
    this.receipts ??= new Array<undefined>(this.items.length).fill(undefined);
    (this.receipts as (Receipt | undefined)[]).push(receipt);
  }
}
