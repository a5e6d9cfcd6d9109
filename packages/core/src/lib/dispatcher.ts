import { addAbortListener, removeAbortListener } from "@disp/abort";
import { Alarm } from "@disp/alarm";
import { BatchBuffer, type Receipt } from "@disp/buffer";
import type { WaitOptions } from "@disp/sync-queue";
import { abortable } from "./abortable.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { consume, type Source } from "./consume.ts";
import { Delivery } from "./delivery.ts";
import { checkDrain, type DrainOptions } from "./drain-options.ts";
import { drainTimeout } from "./drain-timeout.ts";
import { Entrance } from "./entrance.ts";
import { DispatcherClosedError } from "./errors.ts";
import { Flushes } from "./flushes.ts";
import { mustBeLive } from "./must-be-live.ts";
import { type DispatcherOptions, normalize, type ResolvedOptions } from "./options.ts";
import { Outcomes } from "./outcomes.ts";
import { paceFor } from "./pace-for.ts";
import { processSource } from "./process-source.ts";
import { Pump } from "./pump.ts";
import { callHook } from "@disp/hooks";
import { Senders } from "./senders.ts";
import type { DispatcherStats, Summary } from "./summary.ts";
import { writableInto } from "./writable.ts";
import { nextTurn } from "@disp/turn";

/** The life of a dispatcher, in order: it only moves forward. */
const OPEN = 0;
const CLOSING = 1;
const DRAINED = 2;
const STATES = ["open", "closing", "drained"] as const;

const DONE: Promise<void> = Promise.resolve();

/**
 * A super-charged buffered channel connected to a parallel work dispatcher: items go in one by one, leave in batches,
 * at the pace and concurrency that the other side can take, are retried when a send fails, and are never lost in
 * silence.
 *
 * Choose it when a producer and a consumer run at different speeds and the consumer likes batches. For single tasks with
 * a result each, a worker pool is simpler; for a plain channel between two pieces of code, take `SyncQueue`.
 *
 * **Ordering**: batches are cut in the order of the items. With `order: "fifo"` they are delivered in it, too; otherwise
 * several are on their way at once and one that backs off is overtaken.
 *
 * **Fairness**: `push` and `deliver` calls that wait for room get it in the order of the calls; `tryPush` never
 * overtakes them.
 *
 * **Overflow**: by default `tryPush` returns false and `push` waits while 1,000 items are alive (waiting or being sent).
 * See {@link blockNewItems}, {@link dropOldestBatch}, {@link dropNewest}, {@link unbounded}.
 *
 * **Cancellation**: each wait takes a `signal`. One that is aborted before its item was accepted takes the item back;
 * an accepted item stays. The `signal` option calls everything off.
 *
 * **Closing**: `close` takes no more items and sends what is there, retries included; `drain` also waits, up to a
 * deadline if you like, and says what became of everything.
 *
 * **Errors**: hooks that throw change nothing here; the error surfaces once, as an unhandled rejection, which ends a Node process
 * unless somebody listens to `unhandledRejection`.
 *
 * @example
 * ```ts
 * import { Dispatcher } from "@disp/core";
 *
 * const rows: string[] = [];
 * const dispatcher = new Dispatcher<string>({
 *   batch: { maxItems: 100, maxAgeMs: 10 },
 *   async send({ items }) {
 *     rows.push(...items); // one INSERT for all of them
 *   },
 * });
 *
 * await dispatcher.push("a"); // waits while the buffer is full
 * dispatcher.tryPush("b"); // => true
 * await dispatcher.deliver("c"); // waits until it was sent
 *
 * const summary = await dispatcher.drain();
 * summary.delivered; // => 3
 * rows; // => ["a", "b", "c"]
 * ```
 */
export class Dispatcher<T> implements AsyncDisposable {
  readonly #options: ResolvedOptions<T>;
  readonly #buffer: BatchBuffer<T>;
  readonly #entrance: Entrance<T>;
  readonly #senders: Senders<T>;
  readonly #pump: Pump<T>;
  readonly #outcomes: Outcomes<T>;
  readonly #acknowledgements = new Acknowledgements(() => this.#pump.schedule());
  readonly #flushes = new Flushes();
  /** What to call when no more items are taken. */
  readonly #onClose = new Set<(error: Error) => void>();
  #resolveDrained!: (summary: Summary) => void;
  #state: typeof OPEN | typeof CLOSING | typeof DRAINED = OPEN;
  /** Set once everything was called off; the cause is whatever it was called off for. */
  #calledOff: { readonly cause: unknown } | undefined;
  #writable: WritableStream<T> | undefined;

  /**
   * Resolves, and never rejects, once the dispatcher is closed, all that it accepted is settled or abandoned, and what
   * {@link Acknowledgeable} items have answered is settled.
   */
  readonly drained: Promise<Summary>;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: DispatcherOptions<T>) {
    this.#options = normalize(options);
    const { sizeOf, rateLimit, heartbeatMs, signal, onDrop } = this.#options;
    const wake = () => this.#pump.schedule();
    this.#outcomes = new Outcomes(onDrop);
    this.#buffer = new BatchBuffer({
      ...this.#options.buffer,
      onDrop: (drop) => {
        this.#outcomes.hearDrop(drop);
        wake(); // A flush may have waited for what was dropped.
      },
    });
    this.#entrance = new Entrance(this.#buffer, sizeOf, wake);
    this.#senders = new Senders(this.#options, performance.now(), wake);
    this.#pump = new Pump({
      buffer: this.#buffer,
      entrance: this.#entrance,
      senders: this.#senders,
      pace: paceFor(rateLimit, wake),
      heartbeatMs,
      onRun: () => this.#afterRun(),
    });
    this.drained = new Promise((resolve) => {
      this.#resolveDrained = resolve;
    });
    if (signal !== undefined) addAbortListener(signal, this.#abortListener);
    if (signal?.aborted === true) this.#callOff(signal.reason);
    else if (heartbeatMs !== Infinity) this.#pump.schedule();
  }

  /**
   * Consumes a source to its end, then drains. To stop early and lose nothing, end the source; aborting `signal` drops what
   * was not sent.
   *
   * @returns what became of all items.
   * @throws whatever the source throws, or the signal's reason, but only after draining.
   *
   * @example
   * ```ts
   * import { Dispatcher } from "@disp/core";
   *
   * const summary = await Dispatcher.process([1, 2, 3, 4, 5], { batch: { maxItems: 2 }, send: () => {} });
   * summary.delivered; // => 5
   * ```
   */
  static async process<T>(source: Source<T>, options: DispatcherOptions<T>): Promise<Summary> {
    return processSource(source, create(options), options.signal);
  }

  /** `"open"` takes items; `"closing"` settles what was accepted; `"drained"` is over. */
  get state(): "open" | "closing" | "drained" {
    return STATES[this.#state];
  }

  // --- The doors ---

  /**
   * Hands in an item if that is possible right now. The cheapest door: no promise, no clock, no allocation for the item.
   *
   * @returns false when the buffer is full, when others are in line for room, or when the dispatcher is closed.
   * @throws ItemTooLargeError or ItemTooSmallError when its size fits no batch.
   */
  tryPush(item: T): boolean {
    return this.#state === OPEN && this.#entrance.offer(item, undefined);
  }

  /**
   * Hands in an item, waiting for room if need be. Resolves when the item was accepted, which says nothing of its
   * delivery: see {@link Dispatcher.deliver}.
   *
   * @throws DispatcherClosedError; ItemTooLargeError or ItemTooSmallError when its size fits no batch; the signal's
   * reason. In all these cases the item was not accepted.
   */
  push(item: T, options?: WaitOptions): Promise<void> {
    try {
      this.#mustBeOpen("push", options);
      return this.#entrance.enter(item, undefined, options) ?? DONE;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Hands in an item and waits until it was delivered. Inside of `send` it would wait for itself.
   *
   * @throws ItemDroppedError with the `reason` and the error of the last attempt as `cause`, when it was given up;
   * whatever {@link Dispatcher.push} throws. A signal aborted after the item was accepted ends the waiting, not the item.
   */
  deliver(item: T, options?: WaitOptions): Promise<void> {
    const delivery = new Delivery();
    try {
      this.#mustBeOpen("deliver", options);
      this.#entrance.enter(item, delivery, options)?.catch((error: unknown) => delivery.refused(error));
    } catch (error) {
      delivery.refused(error);
      return delivery.promise;
    }
    const signal = options?.signal;
    return signal === undefined ? delivery.promise : abortable(delivery.promise, signal);
  }

  /**
   * Resolves when there is room. Others may take it first, so try again when `tryPush` then returns false.
   *
   * @throws DispatcherClosedError, or the signal's reason.
   */
  async ready(options?: WaitOptions): Promise<void> {
    this.#mustBeOpen("wait for room", options);
    await this.#entrance.room(options);
  }

  /**
   * Hands in all items of a source, at the speed at which there is room for them, and leaves the dispatcher open. An item
   * whose size fits no batch is dropped (`"too-large"`, `"too-small"`), since one bad item should not end a stream.
   *
   * The source is told (`return()`) when it is not read to its end, and each item how it ended if it wants to know: see
   * {@link Acknowledgeable}.
   *
   * @throws whatever the source throws; DispatcherClosedError when the dispatcher is closed meanwhile; the signal's reason.
   */
  async consume(source: Source<T>, options?: WaitOptions): Promise<void> {
    this.#mustBeOpen("consume", options);
    await consume(source, {
      offer: (item) => this.#takeFromSource(item, options),
      refuse: (item, error) => this.#acknowledgements.receiptFor(item)?.refused(error),
      onClose: this.#onClose,
      signal: options?.signal,
    });
  }

  /**
   * A stream that hands in what is written to it; it takes the next chunk when there is room for it. Closing it drains
   * the dispatcher, aborting it calls everything off.
   *
   * @example
   * ```ts
   * import { Dispatcher } from "@disp/core";
   *
   * const dispatcher = new Dispatcher<string>({ send: () => {} });
   * const lines = new Blob(["a\nb\nc"]).stream().pipeThrough(new TextDecoderStream());
   * await lines.pipeTo(dispatcher.writable);
   * dispatcher.state; // => "drained"
   * ```
   */
  get writable(): WritableStream<T> {
    this.#writable ??= writableInto({
      take: (item) => this.#take(item),
      drain: () => this.drain(),
      callOff: (reason) => this.#callOff(reason),
      drained: this.drained,
    });
    return this.#writable;
  }

  // --- Ends ---

  /**
   * Sends what is there without waiting for full batches, and resolves once everything accepted before this call is
   * settled: delivered or dropped, retries included. Items pushed meanwhile are not waited for. Inside of `send` it would wait
   * for itself.
   *
   * @throws the signal's reason.
   */
  async flush(options?: WaitOptions): Promise<void> {
    if (options !== undefined) mustBeLive("flush", options);
    if (this.#buffer.oldestId === undefined) return;
    this.#buffer.flush(performance.now());
    this.#pump.schedule();
    await this.#flushes.wait(this.#buffer.newestId, options);
  }

  /** Takes no more items, and sends what is there. Those in line for room are turned away. A second call does nothing. */
  close(): void {
    if (this.#state !== OPEN) return;
    this.#state = CLOSING;
    this.#pump.calm();
    this.#entrance.shut((action) => this.#closedError(action));
    for (const close of [...this.#onClose]) close(this.#closedError("consume"));
    this.#buffer.flush(performance.now());
    this.#pump.schedule();
  }

  /**
   * Closes, and waits until all is settled: {@link Dispatcher.drained}. With `timeoutMs`, everything is called off at the
   * deadline and the summary says what was dropped and what was abandoned. May be called any number of times; the
   * earliest deadline counts. Inside of `send` it would wait for itself.
   *
   * Producers that still push, or consume, are turned away with a DispatcherClosedError: end them first, or catch it there.
   *
   * @throws the signal's reason: this call waits no longer, while the dispatcher drains on.
   */
  async drain(options: DrainOptions = {}): Promise<Summary> {
    const { timeoutMs, signal } = checkDrain(options);
    this.close();
    if (timeoutMs !== Infinity && this.#state !== DRAINED) this.#setDeadline(timeoutMs);
    return signal === undefined ? this.drained : abortable(this.drained, signal);
  }

  /** Drains, without a deadline: `await using dispatcher = new Dispatcher(...)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  /** What it is doing and has done. */
  stats(): DispatcherStats {
    const buffer = this.#buffer.stats();
    return {
      state: this.state,
      ...this.#outcomes.summary(buffer),
      waiting: this.#entrance.waiting,
      ...this.#senders.stats(performance.now()),
      buffer,
    };
  }

  #mustBeOpen(action: string, options: WaitOptions | undefined): void {
    if (options !== undefined) mustBeLive(action, options);
    if (this.#state !== OPEN) throw this.#closedError(action);
  }

  #closedError(action: string): DispatcherClosedError {
    return new DispatcherClosedError(action, this.#calledOff);
  }

  /** Waits for room if need be, and drops what fits no batch. Undefined = accepted at once. */
  #take(item: T, receipt?: Receipt, options?: WaitOptions): Promise<void> | undefined {
    if (this.#state !== OPEN) return Promise.reject(this.#closedError("consume"));
    try {
      return this.#entrance.enter(item, receipt, options);
    } catch (error) {
      return this.#outcomes.dropUnfit(item, error, receipt) ? undefined : Promise.reject(error);
    }
  }

  #takeFromSource(item: T, options: WaitOptions | undefined): Promise<void> | undefined {
    const receipt = this.#acknowledgements.receiptFor(item);
    const entering = this.#take(item, receipt, options);
    if (receipt !== undefined) entering?.catch((error: unknown) => receipt.refused(error));
    return entering;
  }

  /** @returns whether there is anything left to do. */
  #afterRun(): boolean {
    const oldestId = this.#buffer.oldestId;
    this.#flushes.settledBefore(oldestId ?? Infinity);
    const isOver = this.#state === CLOSING && oldestId === undefined && !this.#acknowledgements.isWaiting;
    if (isOver) this.#finish();
    return !isOver;
  }

  readonly #abortListener = { handleAbort: (): void => this.#callOff(this.#options.signal?.reason) };

  /** Closes, drops what waits and aborts what runs. */
  #callOff(reason: unknown): void {
    if (this.#calledOff !== undefined || this.#state === DRAINED) return;
    this.#calledOff = { cause: reason };
    this.close();
    this.#buffer.dropAll("aborted", reason);
    this.#senders.callOff(reason);
    this.#pump.schedule();
  }

  #setDeadline(timeoutMs: number): void {
    const deadline = new Alarm(() => void this.#abandonAfter(timeoutMs));
    const now = performance.now();
    deadline.set(now + timeoutMs, now);
    void this.drained.then(() => deadline.clear());
  }

  async #abandonAfter(timeoutMs: number): Promise<void> {
    const reason = drainTimeout(timeoutMs, this.#senders.lastFailure);
    this.#callOff(reason);
    // Sends that answer the abort promptly still get to say what became of their items.
    await nextTurn();
    if (this.#state === DRAINED) return;
    this.#outcomes.whileAbandoning(() => this.#senders.abandon(reason));
    this.#acknowledgements.waitNoLonger();
    this.#pump.schedule();
  }

  #finish(): void {
    this.#state = DRAINED;
    this.#pump.stop();
    if (this.#options.signal !== undefined) removeAbortListener(this.#options.signal, this.#abortListener);
    this.#outcomes.end();
    const summary = this.#outcomes.summary(this.#buffer.stats());
    callHook(this.#options.onDrained, summary);
    this.#resolveDrained(summary);
  }
}

/** Outside of the class, for bundlers rename a class that names itself. */
function create<T>(options: DispatcherOptions<T>): Dispatcher<T> {
  return new Dispatcher(options);
}
