import type { Amount } from "./stats.ts";

/** The places where an accepted item can be. It moves from left to right and never back, but for a failed lease. */
export type Bucket = "unleased" | "leased" | "droppedLeased" | "delivered" | "dropped";

/**
 * Counts where the items of all cut batches are. A batch enters once and then only moves, so the buckets always add up
 * to what was accepted.
 */
export class Ledger {
  readonly #counts: Readonly<Record<Bucket, Count>> = {
    unleased: new Count(),
    leased: new Count(),
    droppedLeased: new Count(),
    delivered: new Count(),
    dropped: new Count(),
  };
  /** What counts towards the limits: unleased and leased. */
  readonly #live = new Count();

  get liveItems(): number {
    return this.#live.items;
  }

  get liveSize(): number {
    return this.#live.size;
  }

  enter(bucket: "unleased" | "dropped", items: number, size: number): void {
    this.#counts[bucket].add(items, size);
    if (bucket === "unleased") this.#live.add(items, size);
  }

  move(from: Bucket, to: Bucket, items: number, size: number): void {
    this.#counts[from].subtract(items, size);
    this.#counts[to].add(items, size);
    if (isLive(from) && !isLive(to)) this.#live.subtract(items, size);
  }

  amount(bucket: Bucket): Amount {
    const { items, size } = this.#counts[bucket];
    return { items, size };
  }
}

function isLive(bucket: Bucket): boolean {
  return bucket === "unleased" || bucket === "leased";
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
