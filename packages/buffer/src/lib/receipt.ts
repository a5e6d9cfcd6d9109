import type { Drop } from "./drop.ts";

/**
 * Handed in with an item by those who want to know how that very item ended. Exactly one of its methods is called,
 * exactly once. It must not throw.
 */
export interface Receipt {
  /** The item was delivered: its lease was acked, or `keep` let it go. */
  delivered(): void;
  /** The item was given up, along with the other items of `drop`. */
  dropped(drop: Drop<unknown>): void;
}
