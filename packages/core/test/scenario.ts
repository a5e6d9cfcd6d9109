import {
  blockNewItems,
  type DispatcherOptions,
  dropNewest,
  dropOldestBatch,
  exponentialBackoff,
  fixedDelay,
  noRetry,
  type OverflowPolicy,
  RateLimiter,
  type RetryPolicy,
  unbounded,
} from "@disp/core";
import fc from "fast-check";

/** What a test hands in: items that are told apart, and have a size if the dispatcher asks for it. */
export interface Item {
  readonly id: number;
  readonly size: number;
}

/** How a send goes: by hand, or by hand until its signal is aborted, or at once. */
export type SendMode = "by hand" | "heeds its signal" | "succeeds at once" | "throws at once" | "keeps and throws";

/** What `onError` does. */
export type Decision = "nothing" | "retry" | "drop" | "later" | "keep";

export type Step =
  | { readonly do: "tryPush" | "push" | "deliver"; readonly size: number; readonly hasSignal: boolean }
  | { readonly do: "flush" | "ready"; readonly hasSignal: boolean }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "succeed" | "fail" | "keep and fail" | "keep and succeed"; readonly which: number }
  | { readonly do: "abort wait"; readonly which: number }
  | { readonly do: "abort" | "close" }
  | { readonly do: "drain"; readonly timeoutMs: number };

/** Plain data, so that a run that fails can be read. */
export interface Scenario {
  readonly maxItems: number;
  /** undefined = items have no size. */
  readonly sizes: { readonly perBatch: number; readonly live: number } | undefined;
  readonly maxAgeMs: number;
  readonly maxConcurrency: number;
  readonly order: "ready" | "fifo";
  readonly overflow: "block" | "drop oldest" | "drop newest" | "unbounded";
  readonly maxLive: number;
  readonly retry: { readonly kind: "none" | "fixed" | "exponential"; readonly delayMs: number; readonly max: number };
  readonly sendTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly rate: { readonly everyMs: number; readonly burst: number } | undefined;
  readonly modes: readonly SendMode[];
  readonly decisions: readonly Decision[];
  readonly steps: readonly Step[];
  /** In the end: sends succeed until all is done, or they hang and a deadline comes. */
  readonly end: "settle" | "stay open, then settle" | "deadline";
}

const OVERFLOW: Record<Scenario["overflow"], (limits: { maxItems: number; maxSize: number }) => OverflowPolicy> = {
  block: blockNewItems,
  "drop oldest": dropOldestBatch,
  "drop newest": dropNewest,
  unbounded,
};

const which = fc.nat(5);
const hasSignal = fc.boolean();
/** Mostly fine, now and then too small or too large. */
const size = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 99) },
);

function kinds<const Kind extends string>(...names: Kind[]): fc.Arbitrary<Kind> {
  return fc.constantFrom(...names);
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: kinds("tryPush", "push", "deliver"), size, hasSignal }) },
  { weight: 2, arbitrary: fc.record({ do: kinds("flush", "ready"), hasSignal }) },
  { weight: 4, arbitrary: fc.record({ do: kinds("wait"), ms: fc.integer({ min: 0, max: 30 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: kinds("succeed", "succeed", "fail", "keep and fail", "keep and succeed"), which }),
  },
  { weight: 2, arbitrary: fc.record({ do: kinds("abort wait"), which }) },
);

/** These end everything, so most runs do without. */
const lastStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: kinds("abort", "close") }),
  fc.record({ do: kinds("drain"), timeoutMs: fc.constantFrom(0, 5, 40, Infinity) }),
);

const steps: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.array(step, { maxLength: 40 }),
    fc.array(lastStep, { maxLength: 1 }),
    fc.array(fc.oneof({ weight: 6, arbitrary: step }, { weight: 1, arbitrary: lastStep }), { maxLength: 8 }),
  )
  .map(([before, last, after]) => (last.length === 0 ? before : [...before, ...last, ...after]));

export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    maxItems: fc.constantFrom(1, 2, 3, 5, Infinity),
    sizes: fc.option(fc.record({ perBatch: fc.constantFrom(3, 6, Infinity), live: fc.constantFrom(3, 9, Infinity) }), {
      nil: undefined,
    }),
    maxAgeMs: fc.constantFrom(0, 1, 12, 30, Infinity),
    maxConcurrency: fc.constantFrom(1, 2, 3, Infinity),
    order: kinds("ready", "ready", "fifo"),
    overflow: kinds("block", "block", "drop oldest", "drop newest", "unbounded"),
    maxLive: fc.constantFrom(1, 2, 4, 8),
    retry: fc.record({
      kind: kinds("none", "fixed", "exponential"),
      delayMs: fc.integer({ min: 0, max: 20 }),
      max: fc.nat(3),
    }),
    sendTimeoutMs: fc.constantFrom(Infinity, Infinity, 1, 7, 25),
    heartbeatMs: fc.constantFrom(Infinity, Infinity, 3, 20),
    rate: fc.option(fc.record({ everyMs: fc.constantFrom(1, 4, 10), burst: fc.constantFrom(1, 3) }), {
      nil: undefined,
    }),
    modes: fc.array(
      kinds("by hand", "by hand", "heeds its signal", "succeeds at once", "throws at once", "keeps and throws"),
      { minLength: 1, maxLength: 5 },
    ),
    decisions: fc.array(kinds("nothing", "retry", "drop", "later", "keep"), { minLength: 1, maxLength: 4 }),
    steps,
    end: kinds("settle", "stay open, then settle", "deadline"),
  })
  .map((drawn) => (drawn.order === "fifo" ? { ...drawn, maxConcurrency: 1 } : drawn));

/** The options that need no hook. */
export function plainOptions(drawn: Scenario): Omit<DispatcherOptions<Item>, "send"> {
  const { sizes, rate, maxItems, maxAgeMs } = drawn;
  const bySize = sizes === undefined ? {} : { maxSize: sizes.perBatch, sizeOf: (item: Item) => item.size };
  return {
    batch: { maxItems, maxAgeMs, ...bySize },
    maxConcurrency: drawn.maxConcurrency,
    order: drawn.order,
    overflow: OVERFLOW[drawn.overflow]({ maxItems: drawn.maxLive, maxSize: sizes?.live ?? Infinity }),
    retry: retryPolicy(drawn.retry),
    sendTimeoutMs: drawn.sendTimeoutMs,
    ...(drawn.heartbeatMs === Infinity ? {} : { heartbeatMs: drawn.heartbeatMs }),
    ...(rate === undefined ? {} : { rateLimit: RateLimiter.every(rate.everyMs, rate.burst) }),
  };
}

function retryPolicy({ kind, delayMs, max }: Scenario["retry"]): RetryPolicy {
  if (kind === "none") return noRetry();
  if (kind === "fixed") return fixedDelay({ delayMs, maxRetries: max });
  return exponentialBackoff({ initialMs: 2, multiplier: 2, maxMs: 20, maxRetries: max });
}
