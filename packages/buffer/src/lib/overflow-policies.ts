import { checkNumber, checkOptions, type OptionNames } from "@disp/options";
import type { BatchLimits, OverflowDecision, OverflowPolicy } from "./overflow-policy.ts";

/** How much may be alive in a buffer at once. Give one, both, or none to derive it from the batch limits. */
export interface OverflowLimits {
  /**
   * Live items, at least 1.
   *
   * @defaultValue max(1000, the batch's maxItems); Infinity when `maxSize` is given or when batches are limited by size alone
   */
  readonly maxItems?: number | undefined;
  /**
   * Total size of live items in the caller's unit, greater than 0.
   *
   * @defaultValue 5 x the batch's maxSize when batches are limited by size alone; else Infinity
   */
  readonly maxSize?: number | undefined;
}

/**
 * Refuses newcomers while the buffer is full: backpressure. The right choice whenever the producer can wait. It is the
 * default.
 *
 * @throws TypeError or RangeError when a limit is no number in its range, or has no such name.
 *
 * @example
 * ```ts
 * import { BatchBuffer, blockNewItems } from "@disp/buffer";
 *
 * const buffer = new BatchBuffer<string>({ overflow: blockNewItems({ maxItems: 2 }) });
 * buffer.add("a", 0); // => true
 * buffer.add("b", 0); // => true
 * buffer.add("c", 0); // => false
 * ```
 */
export function blockNewItems(limits?: OverflowLimits): OverflowPolicy {
  return limitedBy("blockNewItems", "refuse", limits);
}

/**
 * Gives up the oldest batch to make room, again and again until the newcomer fits. For producers that must not wait and
 * data that ages: the newest is worth most. A batch that is being sent is passed over and counts no more; whether it
 * was delivered is known when its lease ends.
 *
 * @throws TypeError or RangeError when a limit is no number in its range, or has no such name.
 *
 * @example The latest value wins
 * ```ts
 * import { BatchBuffer, dropOldestBatch } from "@disp/buffer";
 *
 * const buffer = new BatchBuffer<string>({ overflow: dropOldestBatch({ maxItems: 1 }) });
 * buffer.add("old", 0);
 * buffer.add("new", 1);
 * buffer.flush(2);
 * buffer.lease(2)?.batch.items; // => ["new"]
 * ```
 */
export function dropOldestBatch(limits?: OverflowLimits): OverflowPolicy {
  return limitedBy("dropOldestBatch", "drop-oldest", limits);
}

/**
 * Accepts the newcomer and drops it at once while the buffer is full. For producers that must not wait and data of
 * which the beginning is worth most.
 *
 * @throws TypeError or RangeError when a limit is no number in its range, or has no such name.
 */
export function dropNewest(limits?: OverflowLimits): OverflowPolicy {
  return limitedBy("dropNewest", "drop-newcomer", limits);
}

/**
 * Accepts everything, whatever the memory. Only for producers that are bounded by something else.
 */
export function unbounded(): OverflowPolicy {
  return new LiveLimit(Infinity, Infinity, "refuse");
}

const NAMES: OptionNames<OverflowLimits> = { maxItems: true, maxSize: true };

function limitedBy(name: string, whenFull: OverflowDecision, limits: OverflowLimits = {}): OverflowPolicy {
  const action = `create ${name}()`;
  const { maxItems, maxSize } = checkOptions(action, "limits", limits, NAMES);
  if (maxItems !== undefined) checkNumber(action, "maxItems", maxItems, { whole: true, min: 1, orInfinity: true });
  if (maxSize !== undefined) checkNumber(action, "maxSize", maxSize, { above: 0, orInfinity: true });
  if (maxItems === undefined && maxSize === undefined) return new DerivedLimit(whenFull);
  return new LiveLimit(maxItems ?? Infinity, maxSize ?? Infinity, whenFull);
}

/** Accepts while a newcomer fits into the limits. */
class LiveLimit implements OverflowPolicy {
  readonly maxItems: number;
  readonly maxSize: number;
  readonly #whenFull: OverflowDecision;

  constructor(maxItems: number, maxSize: number, whenFull: OverflowDecision) {
    this.maxItems = maxItems;
    this.maxSize = maxSize;
    this.#whenFull = whenFull;
  }

  resolve(): OverflowPolicy {
    return this;
  }

  decide(items: number, size: number, newcomerSize: number): OverflowDecision {
    const fits = items < this.maxItems && size < this.maxSize && size + newcomerSize <= this.maxSize;
    return fits ? "accept" : this.#whenFull;
  }
}

/** Stands for limits that depend on the buffer's batches: each buffer gets its own. */
class DerivedLimit implements OverflowPolicy {
  readonly #whenFull: OverflowDecision;

  constructor(whenFull: OverflowDecision) {
    this.#whenFull = whenFull;
  }

  resolve({ maxItems, maxSize }: BatchLimits): OverflowPolicy {
    const isLimitedBySizeAlone = maxItems === Infinity && maxSize !== Infinity;
    if (isLimitedBySizeAlone) return new LiveLimit(Infinity, 5 * maxSize, this.#whenFull);
    return new LiveLimit(maxItems === Infinity ? 1_000 : Math.max(1_000, maxItems), Infinity, this.#whenFull);
  }

  decide(): OverflowDecision {
    return this.#whenFull;
  }
}
