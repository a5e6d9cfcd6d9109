import type { BatchRecord } from "./batch-record.ts";
import type { Ledger } from "./ledger.ts";
import type { ResolvedOptions } from "./options.ts";
import type { OverflowDecision, OverflowPolicy } from "./overflow-policy.ts";

/** Who may come in: what the overflow policy says, and for whom it need not be asked. */
export class Admission<T> {
  readonly #overflow: OverflowPolicy;
  readonly #ledger: Ledger;
  readonly #maxItems: number;
  readonly #joinsUnsized: boolean;
  /** A batch is below it when an item with a size has joined unasked; 0 = such items are always asked for. */
  readonly #joinsBelow: number;

  constructor({ overflow, maxItems, maxSize }: ResolvedOptions<T>, ledger: Ledger) {
    this.#overflow = overflow;
    this.#ledger = ledger;
    this.#maxItems = maxItems;
    this.#joinsUnsized = maxSize === Infinity;
    // A policy that says nothing of sizes may all the same look at that of a newcomer.
    this.#joinsBelow = overflow.maxSize === Infinity ? maxSize : 0;
  }

  /** Asks the policy about a newcomer. Live is what the ledger knows of, and what grows. */
  ask(growing: BatchRecord<T> | undefined, weight: number): OverflowDecision {
    const ledger = this.#ledger;
    const items = growing === undefined ? ledger.liveItems : ledger.liveItems + growing.items.length;
    const size = growing === undefined ? ledger.liveSize : ledger.liveSize + growing.size;
    return this.#overflow.decide(items, size, weight);
  }

  /** How many items may join a batch with nothing to decide but their size. Whatever else happens makes only more room. */
  joiners(growing: BatchRecord<T>): number {
    const { maxItems = 0, maxSize = Infinity } = this.#overflow;
    if (maxSize !== Infinity) return 0;
    const beforeFull = this.#maxItems - 1 - growing.items.length;
    return Math.max(0, Math.min(beforeFull, maxItems - this.#ledger.liveItems - growing.items.length));
  }

  /** Whether an item of this size is one of the joiners. Sizes that are wrong are not: who asks for them gets the error. */
  isJoiner(size: number | undefined, growing: BatchRecord<T>): boolean {
    if (size === undefined) return this.#joinsUnsized;
    return typeof size === "number" && size > 0 && growing.size + size < this.#joinsBelow;
  }
}
