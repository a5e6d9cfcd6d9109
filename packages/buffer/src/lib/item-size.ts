import { show } from "@disp/options";
import { ItemTooLargeError, ItemTooSmallError } from "./errors.ts";

/** What limits the size of items, in the caller's unit; Infinity = nothing. */
export interface SizeLimits {
  /** The total size of a batch. */
  readonly perBatch: number;
  /** The size of one item: whatever is larger could never come in. */
  readonly perItem: number;
}

/**
 * The size that an item counts with: 0 when it has none and batches are not limited by size.
 *
 * @throws ItemTooLargeError, ItemTooSmallError, or TypeError when the size is no number.
 */
export function itemSize(size: number | undefined, { perBatch, perItem }: SizeLimits): number {
  const isLimited = perBatch !== Infinity;
  if (size === undefined && !isLimited) return 0;
  if (typeof size !== "number" || Number.isNaN(size)) {
    throw new TypeError(`Cannot add an item: its size must be a number, got ${show(size)}`);
  }
  if (isLimited ? size <= 0 : size < 0) throw new ItemTooSmallError(size, isLimited ? "> 0" : ">= 0");
  if (size > perItem || size === Infinity) throw new ItemTooLargeError(size, perItem);
  return size;
}
