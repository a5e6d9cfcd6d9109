/** The item is larger than a batch, or than the whole buffer, may be. Nothing was changed. */
export class ItemTooLargeError extends RangeError {
  override readonly name = "ItemTooLargeError";
  readonly code = "DISP_ITEM_TOO_LARGE";
  /** The item's size, in the caller's unit. */
  readonly size: number;
  /** The largest size that could be accepted. */
  readonly maxSize: number;

  /** @internal */
  constructor(size: number, maxSize: number) {
    super(`Cannot add an item: its size must be <= ${maxSize}, got ${size}`);
    this.size = size;
    this.maxSize = maxSize;
  }
}

/** The item's size is negative, or zero where batches are limited by size. Nothing was changed. */
export class ItemTooSmallError extends RangeError {
  override readonly name = "ItemTooSmallError";
  readonly code = "DISP_ITEM_TOO_SMALL";
  /** The item's size, in the caller's unit. */
  readonly size: number;

  /** @internal */
  constructor(size: number, rule: string) {
    super(`Cannot add an item: its size must be ${rule}, got ${size}`);
    this.size = size;
  }
}
