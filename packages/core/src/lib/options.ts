import { type Batch, type BatchBufferOptions, blockNewItems, type Drop, type OverflowPolicy } from "@disp/buffer";
import {
  checkChoice,
  checkFunction,
  checkNumber,
  checkObject,
  checkOptions,
  checkPolicy,
  checkSignal,
  type OptionNames,
  show,
} from "@disp/options";
import type { AsyncLimiter, Limiter } from "@disp/ratelimit";
import { exponentialBackoff, type RetryPolicy } from "@disp/retry";
import type { SendContext } from "./send-context.ts";
import type { Summary } from "./summary.ts";

/** When a {@link Dispatcher} cuts a batch. Whatever limit is reached first cuts it. */
export interface BatchOptions<T> {
  /**
   * Items per batch, at least 1; Infinity = no limit by count.
   *
   * @defaultValue 20
   */
  readonly maxItems?: number | undefined;
  /**
   * Total size per batch, in the unit of `sizeOf`; Infinity = no limit by size. Needs `sizeOf`.
   *
   * @defaultValue Infinity
   */
  readonly maxSize?: number | undefined;
  /**
   * Milliseconds after which a batch is sent though it is not full, counted from its first item. 0 = send as soon as
   * a sender is idle, and batch while all are busy; Infinity = only full and flushed batches are sent.
   *
   * @defaultValue 1_000
   */
  readonly maxAgeMs?: number | undefined;
  /** The size of an item, in a unit of your own (bytes, say). Called once for each item; must be greater than 0 with `maxSize`. */
  readonly sizeOf?: ((item: T) => number) | undefined;
}

/** A failed attempt, as `onError` is told of it. */
export interface SendFailure<T> {
  /** Still leased: `batch.keep` says which items are worth another try. */
  readonly batch: Batch<T>;
  /** What the send threw or rejected with, or a {@link SendTimeoutError}. */
  readonly error: unknown;
  /** 1 at the first attempt. */
  readonly attempt: number;
}

/** Another attempt, if the retry policy allows one, but at a time that somebody else knows better. */
export interface RetryAfter {
  /** Milliseconds to wait in place of the policy's delay. */
  readonly retryAfterMs: number;
}

/**
 * What to do with a batch that failed. `"retry"` and `undefined`: what the retry policy says. `"drop"`: give it up
 * (`"rejected"`). A {@link RetryAfter}: what the policy says, but for the delay.
 */
export type FailureDecision = "retry" | "drop" | RetryAfter | undefined;

/** Options of a {@link Dispatcher}. All but `send` are optional. */
export interface DispatcherOptions<T> {
  /**
   * Sends one batch. It has succeeded when it returns or resolves, whatever with; it has failed when it throws or
   * rejects. So throw unless `response.ok`: `fetch` resolves when the server says 500, too. Call `batch.keep` before failing to say
   * which items are left to be sent, or `batch.reject` to give up those that will never be taken.
   */
  readonly send: (batch: Batch<T>, context: SendContext) => unknown;
  /** When batches are cut. */
  readonly batch?: BatchOptions<T> | undefined;
  /**
   * How many sends may run at once, at least 1; Infinity = any number.
   *
   * @defaultValue 4; 1 when `order` is `"fifo"`
   */
  readonly maxConcurrency?: number | undefined;
  /**
   * What happens to newcomers when too much is waiting. Items that are being sent count, too: for `maxConcurrency` full
   * batches at once and one that grows meanwhile, allow `batch.maxItems * (maxConcurrency + 1)`.
   *
   * @defaultValue blockNewItems(): backpressure at max(1000, batch.maxItems) items (1000 when that is Infinity), or at 5 x
   * batch.maxSize when batches are limited by size alone
   */
  readonly overflow?: OverflowPolicy | undefined;
  /**
   * `"ready"`: a batch that backs off lets others pass, and then gets in line behind those that are ready. `"fifo"`: items are sent strictly in order, one batch at a time.
   *
   * @defaultValue "ready"
   */
  readonly order?: "ready" | "fifo" | undefined;
  /**
   * Whether and when a failed batch is sent again. The default gives up after 5.2 s of waiting at most, 2.6 s on average. To
   * outlast minutes: `exponentialBackoff({ multiplier: 2, maxMs: 30_000, maxRetries: 12, jitter: "full" })`, up to 171 s.
   *
   * @defaultValue exponentialBackoff({ jitter: "full", maxRetries: 10 })
   */
  readonly retry?: RetryPolicy | undefined;
  /**
   * Limits the sends, one token each: a {@link RateLimiter}, several of them by {@link allOf}, or a limiter that answers later.
   *
   * @defaultValue no limit
   */
  readonly rateLimit?: Limiter | AsyncLimiter | undefined;
  /**
   * While open, idle and empty: an empty, synthetic batch is sent when nothing was sent for this many milliseconds. It
   * keeps no process alive.
   *
   * @defaultValue none
   */
  readonly heartbeatMs?: number | undefined;
  /**
   * Milliseconds after which a send counts as failed; its `context.signal` is aborted. A send that ignores the signal
   * goes on beside the next ones.
   *
   * @defaultValue Infinity
   */
  readonly sendTimeoutMs?: number | undefined;
  /**
   * Decides over a failed batch, at once: a promise is no decision. What it throws, or returns by mistake, surfaces as an unhandled
   * rejection, and the retry policy decides.
   */
  readonly onError?: ((failure: SendFailure<T>) => FailureDecision | void) | undefined;
  /**
   * Told of everything that is given up. `drain` does not wait for what it does later: an `async` one that writes dead letters
   * must be waited for by its owner.
   *
   * @defaultValue a `console.warn`, at most one every ten seconds
   */
  readonly onDrop?: ((drop: Drop<T>) => void) | undefined;
  /** Told once that all is over, before `drained` resolves. */
  readonly onDrained?: ((summary: Summary) => void) | undefined;
  /** When aborted: closes, drops what is buffered (`"aborted"`) and aborts the running sends. */
  readonly signal?: AbortSignal | undefined;
}

/** What a {@link Dispatcher} does when it is told nothing. */
export const DISPATCHER_DEFAULTS: {
  readonly [Name in "maxConcurrency" | "order" | "sendTimeoutMs"]: NonNullable<DispatcherOptions<never>[Name]>;
} & {
  /** When batches are cut. */
  readonly batch: { readonly [Name in "maxItems" | "maxSize" | "maxAgeMs"]: NonNullable<BatchOptions<never>[Name]> };
} = Object.freeze({
  batch: Object.freeze({ maxItems: 20, maxSize: Infinity, maxAgeMs: 1_000 }),
  maxConcurrency: 4,
  order: "ready",
  sendTimeoutMs: Infinity,
});

/** Options as the dispatcher uses them: complete, checked, and a copy of its own. */
export interface ResolvedOptions<T> {
  readonly send: (batch: Batch<T>, context: SendContext) => unknown;
  readonly sizeOf: ((item: T) => number) | undefined;
  readonly maxConcurrency: number;
  readonly rateLimit: Limiter | AsyncLimiter | undefined;
  readonly heartbeatMs: number;
  readonly sendTimeoutMs: number;
  readonly onError: ((failure: SendFailure<T>) => FailureDecision | void) | undefined;
  readonly onDrop: ((drop: Drop<T>) => void) | undefined;
  readonly onDrained: ((summary: Summary) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly buffer: {
    readonly [Name in Exclude<keyof BatchBufferOptions<T>, "onDrop">]-?: NonNullable<BatchBufferOptions<T>[Name]>;
  };
}

const ACTION = "create a Dispatcher";
const LIMIT = { whole: true, min: 1, orInfinity: true };

const NAMES: OptionNames<DispatcherOptions<never>> = {
  send: true,
  batch: true,
  maxConcurrency: true,
  overflow: true,
  order: true,
  retry: true,
  rateLimit: true,
  heartbeatMs: true,
  sendTimeoutMs: true,
  onError: true,
  onDrop: true,
  onDrained: true,
  signal: true,
};
const BATCH_NAMES: OptionNames<BatchOptions<never>> = { maxItems: true, maxSize: true, maxAgeMs: true, sizeOf: true };

export function normalize<T>(options: DispatcherOptions<T>): ResolvedOptions<T> {
  checkOptions(ACTION, "options", options, NAMES);
  const { batch = {}, rateLimit, onError, onDrop, onDrained, heartbeatMs = Infinity } = options;
  const { sendTimeoutMs = DISPATCHER_DEFAULTS.sendTimeoutMs } = options;
  const buffer = bufferOptions(options);
  return {
    send: checkFunction(ACTION, "send", options.send),
    sizeOf: batch.sizeOf,
    maxConcurrency: buffer.maxLeases,
    rateLimit: checkLimiter(rateLimit),
    heartbeatMs: checkNumber(ACTION, "heartbeatMs", heartbeatMs, { above: 0, orInfinity: true }),
    sendTimeoutMs: checkNumber(ACTION, "sendTimeoutMs", sendTimeoutMs, { above: 0, orInfinity: true }),
    onError: checkHook("onError", onError),
    onDrop: checkHook("onDrop", onDrop),
    onDrained: checkHook("onDrained", onDrained),
    signal: checkSignal(ACTION, "signal", options.signal),
    buffer,
  };
}

function bufferOptions<T>(options: DispatcherOptions<T>): ResolvedOptions<T>["buffer"] {
  const { batch = {}, overflow = blockNewItems(), order = DISPATCHER_DEFAULTS.order } = options;
  const { retry = exponentialBackoff({ jitter: "full", maxRetries: 10 }) } = options;
  checkOptions(ACTION, "batch", batch, BATCH_NAMES);
  const defaults = DISPATCHER_DEFAULTS.batch;
  const { maxItems = defaults.maxItems, maxSize = defaults.maxSize, maxAgeMs = defaults.maxAgeMs } = batch;
  checkNumber(ACTION, "batch.maxItems", maxItems, LIMIT);
  checkNumber(ACTION, "batch.maxSize", maxSize, { above: 0, orInfinity: true });
  checkNumber(ACTION, "batch.maxAgeMs", maxAgeMs, { min: 0, orInfinity: true });
  checkChoice(ACTION, "order", order, ["ready", "fifo"]);
  checkObject(ACTION, "overflow", overflow, ["resolve", "decide"], "blockNewItems({ maxItems: 100 })");
  const resolved = overflow.resolve({ maxItems, maxSize });
  checkSizeOf(batch.sizeOf, Math.min(maxSize, resolved.maxSize ?? Infinity));
  checkPolicy(ACTION, "retry", retry);
  return { maxItems, maxSize, maxAgeMs, order, overflow: resolved, retry, maxLeases: concurrency(order, options) };
}

function concurrency<T>(order: "ready" | "fifo", options: DispatcherOptions<T>): number {
  if (order === "ready") {
    const { maxConcurrency = DISPATCHER_DEFAULTS.maxConcurrency } = options;
    return checkNumber(ACTION, "maxConcurrency", maxConcurrency, LIMIT);
  }
  const { maxConcurrency = 1 } = options;
  if (maxConcurrency === 1) return 1;
  throw new RangeError(`Cannot ${ACTION}: maxConcurrency must be 1 with order "fifo", got ${show(maxConcurrency)}`);
}

/** Without sizes a limit by size would never be reached: an unbounded buffer nobody asked for. */
function checkSizeOf(sizeOf: unknown, maxSize: number): void {
  if (sizeOf !== undefined) checkFunction(ACTION, "batch.sizeOf", sizeOf);
  else if (maxSize !== Infinity) checkFunction(ACTION, `batch.sizeOf with a maxSize of ${maxSize}`, sizeOf);
}

/** A limiter per key has the same methods, but their first argument is the key: it would never let anything through. */
function checkLimiter(rateLimit: Limiter | AsyncLimiter | undefined): Limiter | AsyncLimiter | undefined {
  if (rateLimit === undefined) return undefined;
  const isLimiter = "reserve" in checkObject(ACTION, "rateLimit", rateLimit) || "wait" in rateLimit;
  if (isLimiter && !("maxKeys" in rateLimit)) return rateLimit;
  const rule = "one limit with reserve() or wait(), such as a RateLimiter";
  throw new TypeError(`Cannot ${ACTION}: rateLimit must be ${rule}, got ${show(rateLimit)}`);
}

function checkHook<Hook>(path: string, hook: Hook | undefined): Hook | undefined {
  return hook === undefined ? undefined : checkFunction(ACTION, path, hook);
}
