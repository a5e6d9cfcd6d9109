/** The item is larger than a batch, or than the whole buffer, may be. Nothing was changed. */
export class ItemTooLargeError extends RangeError {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "ItemTooLargeError";
  /** What to compare with when the class itself is not at hand. */
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
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "ItemTooSmallError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_ITEM_TOO_SMALL";
  /** The item's size, in the caller's unit. */
  readonly size: number;

  /** @internal */
  constructor(size: number, rule: string) {
    super(`Cannot add an item: its size must be ${rule}, got ${size}`);
    this.size = size;
  }
}
