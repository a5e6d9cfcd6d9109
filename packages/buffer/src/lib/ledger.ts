import type { Amount } from "./stats.ts";

/** The places where an accepted item can be. It moves from left to right and never back, but for a failed lease. */
export type Bucket = "unleased" | "leased" | "droppedLeased" | "delivered" | "dropped";

/**
 * Counts where all accepted items are. An item enters once and then only moves, so the buckets always add up to what
 * was accepted.
 */
export class Ledger {
  readonly #unleased = new Count();
  readonly #leased = new Count();
  readonly #droppedLeased = new Count();
  readonly #delivered = new Count();
  readonly #dropped = new Count();

  /** Items that count towards the limits. */
  get liveItems(): number {
    return this.#unleased.items + this.#leased.items;
  }

  get liveSize(): number {
    return this.#unleased.size + this.#leased.size;
  }

  enter(bucket: "unleased" | "dropped", size: number): void {
    (bucket === "unleased" ? this.#unleased : this.#dropped).add(1, size);
  }

  move(from: Bucket, to: Bucket, items: number, size: number): void {
    this.#count(from).subtract(items, size);
    this.#count(to).add(items, size);
  }

  amount(bucket: Bucket): Amount {
    const { items, size } = this.#count(bucket);
    return { items, size };
  }

  #count(bucket: Bucket): Count {
    switch (bucket) {
      case "unleased":
        return this.#unleased;
      case "leased":
        return this.#leased;
      case "droppedLeased":
        return this.#droppedLeased;
      case "delivered":
        return this.#delivered;
      case "dropped":
        return this.#dropped;
    }
  }
}

class Count {
  items = 0;
  size = 0;

  add(items: number, size: number): void {
    this.items += items;
    this.size += size;
  }

  subtract(items: number, size: number): void {
    this.items -= items;
    // Fractional sizes leave a rounding error behind; an empty bucket is the moment to be rid of it.
    this.size = this.items === 0 ? 0 : this.size - size;
  }
}
