import type { Drop, DropReason } from "./drop.ts";
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

  /** Where its items are counted while it is leased. */
  get leasedBucket(): "leased" | "droppedLeased" {
    return this.place === "passed-over" ? "droppedLeased" : "leased";
  }

  append(item: T, size: number | undefined, receipt: Receipt | undefined): void {
    if (size !== undefined || this.sizes !== undefined) this.#appendSize(size ?? 0);
    if (receipt !== undefined || this.receipts !== undefined) this.#appendReceipt(receipt);
    (this.items as T[]).push(item);
  }

  /** It is complete: whoever changes the items of a batch gets an error, and no books that do not add up. */
  seal(): void {
    Object.freeze(this.items);
    if (this.sizes !== undefined) Object.freeze(this.sizes);
  }

  /** Keeps the items for which `keeps` is true, and hands back the others. */
  retain(keeps: readonly boolean[]): Pick<BatchRecord<T>, "items" | "size" | "receipts"> {
    const { items, sizes, receipts, size } = this;
    const isKept = (_: unknown, index: number) => keeps[index] === true;
    const isGone = (_: unknown, index: number) => keeps[index] !== true;
    this.items = items.filter(isKept);
    this.sizes = sizes?.filter(isKept);
    this.receipts = receipts?.filter(isKept);
    this.size = this.sizes?.reduce((sum, each) => sum + each, 0) ?? 0;
    this.seal();
    return { items: items.filter(isGone), size: size - this.size, receipts: receipts?.filter(isGone) };
  }

  /** Some of its items, given up. */
  dropOf(items: readonly T[], reason: DropReason, error: unknown): Drop<T> {
    const cause = error === undefined ? {} : { error };
    return { items, reason, ...cause, attempts: this.attempts, batchId: this.id };
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
