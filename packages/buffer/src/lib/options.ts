import {
  checkChoice,
  checkFunction,
  checkNumber,
  checkObject,
  checkOptions,
  checkPolicy,
  type OptionNames,
  show,
} from "@disp/options";
import { exponentialBackoff, type RetryPolicy } from "@disp/retry";
import type { Drop } from "./drop.ts";
import type { SizeLimits } from "./item-size.ts";
import { blockNewItems } from "./overflow-policies.ts";
import type { OverflowPolicy } from "./overflow-policy.ts";

/** Options of a {@link BatchBuffer}. All are optional. */
export interface BatchBufferOptions<T> {
  /**
   * How many leases may be out at once, at least 1; Infinity = any number.
   *
   * @defaultValue 4; 1 when `order` is `"fifo"`
   */
  readonly maxLeases?: number | undefined;
  /**
   * Items per batch, at least 1; Infinity = no limit by count.
   *
   * @defaultValue 20
   */
  readonly maxItems?: number | undefined;
  /**
   * Total size per batch, in the unit of the sizes given to `add`; Infinity = no limit by size.
   *
   * @defaultValue Infinity
   */
  readonly maxSize?: number | undefined;
  /**
   * Milliseconds after which a batch is ready though it is not full, counted from its first item. 0 = ready as soon
   * as somebody asks; Infinity = only full or flushed batches are ready.
   *
   * @defaultValue 10_000
   */
  readonly maxAgeMs?: number | undefined;
  /**
   * `"ready"` hands out whichever batch is ready first; `"fifo"` keeps the order of the items, so it needs
   * `maxLeases` 1 and waits while the oldest batch backs off.
   *
   * @defaultValue "ready"
   */
  readonly order?: "ready" | "fifo" | undefined;
  /**
   * What happens to newcomers when the buffer is full.
   *
   * @defaultValue blockNewItems()
   */
  readonly overflow?: OverflowPolicy | undefined;
  /**
   * Whether and when a batch is tried again after a `nack`.
   *
   * @defaultValue exponentialBackoff()
   */
  readonly retry?: RetryPolicy | undefined;
  /**
   * Called for everything that is dropped, after the buffer has done what it was asked to. What it throws is thrown
   * to the caller of that method.
   */
  readonly onDrop?: ((drop: Drop<T>) => void) | undefined;
}

/** What a {@link BatchBuffer} does when it is told nothing. */
export const BATCH_BUFFER_DEFAULTS: {
  readonly [Name in "maxLeases" | "maxItems" | "maxSize" | "maxAgeMs" | "order"]: NonNullable<
    BatchBufferOptions<never>[Name]
  >;
} = Object.freeze({ maxLeases: 4, maxItems: 20, maxSize: Infinity, maxAgeMs: 10_000, order: "ready" });

/** Options as the buffer uses them: complete, checked, and a copy of its own. */
export interface ResolvedOptions<T> {
  readonly maxLeases: number;
  readonly maxItems: number;
  readonly maxSize: number;
  readonly maxAgeMs: number;
  readonly order: "ready" | "fifo";
  readonly overflow: OverflowPolicy;
  readonly retry: RetryPolicy;
  readonly onDrop: ((drop: Drop<T>) => void) | undefined;
  readonly sizeLimits: SizeLimits;
}

const ACTION = "create a BatchBuffer";

const NAMES: OptionNames<BatchBufferOptions<never>> = {
  maxLeases: true,
  maxItems: true,
  maxSize: true,
  maxAgeMs: true,
  order: true,
  overflow: true,
  retry: true,
  onDrop: true,
};

export function normalize<T>(options: BatchBufferOptions<T> = {}): ResolvedOptions<T> {
  checkOptions(ACTION, "options", options, NAMES);
  const defaults = BATCH_BUFFER_DEFAULTS;
  const { maxItems = defaults.maxItems, maxSize = defaults.maxSize, maxAgeMs = defaults.maxAgeMs } = options;
  const { order = defaults.order, overflow = blockNewItems(), retry = exponentialBackoff(), onDrop } = options;
  checkNumber(ACTION, "maxItems", maxItems, { whole: true, min: 1, orInfinity: true });
  checkNumber(ACTION, "maxSize", maxSize, { above: 0, orInfinity: true });
  checkNumber(ACTION, "maxAgeMs", maxAgeMs, { min: 0, orInfinity: true });
  checkChoice(ACTION, "order", order, ["ready", "fifo"]);
  checkObject(ACTION, "overflow", overflow, ["resolve", "decide"], "blockNewItems({ maxItems: 100 })");
  checkPolicy(ACTION, "retry", retry);
  if (onDrop !== undefined) checkFunction(ACTION, "onDrop", onDrop);
  const resolved = overflow.resolve({ maxItems, maxSize });
  return {
    maxLeases: leasesFor(order, options.maxLeases),
    maxItems,
    maxSize,
    maxAgeMs,
    order,
    overflow: resolved,
    retry,
    onDrop,
    sizeLimits: { perBatch: maxSize, perItem: Math.min(maxSize, resolved.maxSize ?? Infinity) },
  };
}

function leasesFor(order: "ready" | "fifo", maxLeases: number | undefined): number {
  if (maxLeases === undefined) return order === "fifo" ? 1 : BATCH_BUFFER_DEFAULTS.maxLeases;
  if (order === "ready") return checkNumber(ACTION, "maxLeases", maxLeases, { whole: true, min: 1, orInfinity: true });
  if (maxLeases === 1) return 1;
  throw new RangeError(`Cannot ${ACTION}: maxLeases must be 1 with order "fifo", got ${show(maxLeases)}`);
}
