import { checkNumber, checkOptions, type OptionNames, signalOf } from "@disp/options";
import { Deque, DEQUE_DEFAULTS } from "./deque.ts";
import { QueueClosedError, QueueFullError } from "./errors.ts";
import { end, ItemIterator } from "./item-iterator.ts";
import { type WaitOptions, WaitQueue } from "./wait-queue.ts";

/** Options of a {@link SyncQueue}. */
export interface SyncQueueOptions {
  /**
   * How many slots an empty queue keeps, a whole number of at least 1: a hint, for a queue that outgrows it copies
   * nothing. A hint above 65,536 counts as 65,536.
   *
   * @defaultValue 16
   */
  readonly initialCapacity?: number | undefined;
  /**
   * How many items may be inside at once, a whole number of at least 1. `Infinity` makes the queue unbounded.
   *
   * @defaultValue Infinity
   */
  readonly maxItems?: number | undefined;
}

/** The defaults of {@link SyncQueueOptions}. */
export const SYNC_QUEUE_DEFAULTS: { readonly [Name in keyof SyncQueueOptions]-?: number } = Object.freeze({
  initialCapacity: DEQUE_DEFAULTS.initialCapacity,
  maxItems: Infinity,
});

const NAMES: OptionNames<SyncQueueOptions> = { initialCapacity: true, maxItems: true };

/**
 * A first-in, first-out queue between senders and receivers of one process, any number of each: senders need not wait,
 * receivers can. Unbounded unless told otherwise; with `maxItems` senders can wait too, and it is a channel.
 *
 * Take a {@link Deque} if nobody waits, and a `Dispatcher` of `@disp/core` if the items shall be sent on in batches, with
 * retries.
 *
 * **Ordering**:
 * Items leave in the order they came, growing included. That holds for items of senders that wait for room as well:
 * nothing overtakes them. Every value is an item, `undefined` included. Do not put promises in: `dequeue` returns a
 * promise already, and promises do not nest.
 *
 * **Fairness**:
 * Receivers are served in order of arrival, iterators among them; an item goes to the first of them directly, without a
 * stop in the queue.
 *
 * **Overflow**:
 * A full queue refuses: `enqueue` throws, `tryEnqueue` returns false, `enqueueWhenRoom` waits. As soon as an item
 * leaves, the sender that has waited longest is let in.
 *
 * **Cancellation**:
 * Everything that waits takes a signal. A receiver that is called off never swallows an item; the item of a sender that
 * is called off was never inside.
 *
 * **Closing**:
 * After `close()` nothing goes in, and what is inside can still be taken. Senders that wait for room reject with
 * {@link QueueClosedError} and so do receivers that wait for items; iterators end. `using` closes a queue at the end of
 * its block and drops what is inside.
 *
 * @typeParam T - What is queued.
 *
 * @example
 * ```ts
 * import { SyncQueue } from "@disp/sync-queue";
 *
 * const queue = new SyncQueue<string>();
 * const first = queue.dequeue(); // waits
 * queue.enqueue("a");
 * queue.enqueue("b");
 * queue.close();
 *
 * await first; // => "a"
 * const rest: string[] = [];
 * for await (const item of queue) rest.push(item);
 * rest; // => ["b"]
 * ```
 *
 * @example A bounded channel: the sender waits while the receiver is behind.
 * ```ts
 * import { SyncQueue } from "@disp/sync-queue";
 *
 * const channel = new SyncQueue<number>({ maxItems: 2 });
 * const send = async () => {
 *   for (let n = 1; n <= 5; n++) await channel.enqueueWhenRoom(n);
 *   channel.close();
 * };
 * const receive = async () => {
 *   let sum = 0;
 *   for await (const n of channel) sum += n;
 *   return sum;
 * };
 * const [, sum] = await Promise.all([send(), receive()]);
 * sum; // => 15
 * ```
 */
export class SyncQueue<T> implements AsyncIterable<T>, Disposable {
  // Invariants: receivers wait only while nothing is inside, senders wait only while the queue is full.
  readonly #items: Deque<T>;
  readonly #maxItems: number;
  // A receiver whose data is true is an iterator's, which is served with an iterator's results.
  readonly #receivers = new WaitQueue<T | IteratorResult<T, undefined>, boolean>();
  readonly #senders = new WaitQueue<void, T>();
  #closed = false;

  /**
   * Makes an empty, open queue.
   *
   * @throws TypeError or RangeError that names the option.
   */
  constructor(options: SyncQueueOptions = {}) {
    const { initialCapacity, maxItems } = normalize(options);
    this.#items = new Deque({ initialCapacity });
    this.#maxItems = maxItems;
  }

  /** How many items are inside. Those of senders that wait for room are not. */
  get size(): number {
    return this.#items.size;
  }

  /** How many slots are allocated at present: in proportion to the items, and back at the first figure once empty. */
  get capacity(): number {
    return this.#items.capacity;
  }

  /** Whether `close()` was called. There may still be items inside. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many receivers wait for an item. */
  get waiting(): number {
    return this.#receivers.size;
  }

  /**
   * Puts `item` in and never waits.
   *
   * @throws QueueClosedError after `close()`, QueueFullError when there is no room: take `tryEnqueue` where a full queue
   * is nothing special, and `enqueueWhenRoom` to wait.
   */
  enqueue(item: T): void {
    if (this.tryEnqueue(item)) return;
    throw this.#closed ? new QueueClosedError("enqueue") : new QueueFullError(this.#maxItems);
  }

  /** Puts `item` in if that is possible now. Returns false, and changes nothing, when the queue is full or closed. */
  tryEnqueue(item: T): boolean {
    if (this.#closed) return false;
    const receiver = this.#receivers.front;
    if (receiver !== undefined) {
      receiver.resolve(receiver.data ? { done: false, value: item } : item);
      return true;
    }
    if (this.#items.size >= this.#maxItems) return false;
    this.#items.pushBack(item);
    return true;
  }

  /**
   * Puts `item` in as soon as there is room, after those who waited before.
   *
   * @returns A promise that resolves once the item is inside, and rejects with QueueClosedError or `signal.reason` if it
   * will never be.
   * @throws TypeError, from the call itself, when `signal` is no AbortSignal or an option has no such name.
   *
   * @example
   * ```ts
   * import { SyncQueue } from "@disp/sync-queue";
   *
   * const queue = new SyncQueue<string>({ maxItems: 1 });
   * queue.enqueue("a");
   * const accepted = queue.enqueueWhenRoom("b", { signal: AbortSignal.timeout(1_000) });
   * queue.tryDequeue(); // => "a"
   * await accepted;
   * queue.tryDequeue(); // => "b"
   * ```
   */
  enqueueWhenRoom(item: T, options?: WaitOptions): Promise<void> {
    const signal = options === undefined ? undefined : signalOf("enqueue", options);
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.tryEnqueue(item)) return Promise.resolve();
    return this.#closed ? Promise.reject(new QueueClosedError("enqueue")) : this.#senders.wait(item, options);
  }

  /** Takes the first item, or returns undefined when there is none; `size` tells an `undefined` item from none. */
  tryDequeue(): T | undefined {
    return this.#items.size === 0 ? undefined : this.#take();
  }

  /**
   * Takes the first item, and waits for one when there is none.
   *
   * @returns A promise of the item. Rejects with QueueClosedError once the queue is closed and empty, and with
   * `signal.reason` when called off, which leaves every item inside.
   * @throws TypeError, from the call itself, when `signal` is no AbortSignal or an option has no such name.
   */
  dequeue(options?: WaitOptions): Promise<T> {
    const signal = options === undefined ? undefined : signalOf("dequeue", options);
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#items.size > 0) return Promise.resolve(this.#take());
    if (this.#closed) return Promise.reject(new QueueClosedError("dequeue"));
    // A receiver whose data is false is served with the bare item.
    return this.#receivers.wait(false, options) as Promise<T>;
  }

  /**
   * Takes what is inside now, at most `max` items and perhaps none. Items of senders that wait for room come in after
   * it.
   *
   * @param max - A whole number of at least 0, or `Infinity`.
   * @throws TypeError or RangeError when `max` is something else.
   */
  dequeueMany(max: number): T[] {
    checkNumber("dequeue", "max", max, { whole: true, min: 0, orInfinity: true });
    const items: T[] = [];
    for (let left = Math.min(max, this.#items.size); left > 0; left--) items.push(this.#items.popFront() as T);
    this.#admit();
    return items;
  }

  /** Lets nothing in any more. What is inside can still be taken. Does nothing the second time. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#senders.size > 0) this.#senders.rejectAll(new QueueClosedError("enqueue"));
    if (this.#receivers.size > 0) this.#dismissReceivers();
  }

  /** Takes everything out and returns it, in order. Then senders that wait for room are let in. */
  clear(): T[] {
    const items = this.#items.clear();
    this.#admit();
    return items;
  }

  /** Closes the queue and drops what is inside: `clear()` before the end of the block hands it over instead. */
  [Symbol.dispose](): void {
    this.close();
    this.#items.clear();
  }

  /**
   * Takes item after item, waits for more, and ends once the queue is closed and empty. Several iterators share the
   * items, each of which goes to one of them. Leaving the loop detaches its iterator and leaves the queue open.
   *
   * A loop over items that are there runs in microtasks only. If its body awaits nothing else over many thousand items,
   * pause in it from time to time, so that timers and I/O get their turn.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return new ItemIterator<T>(this, this.#receivers);
  }

  #take(): T {
    const item = this.#items.popFront() as T;
    if (this.#senders.size > 0) this.#admit();
    return item;
  }

  #admit(): void {
    while (this.#items.size < this.#maxItems) {
      const sender = this.#senders.front;
      if (sender === undefined) return;
      this.#items.pushBack(sender.data);
      sender.resolve();
    }
  }

  #dismissReceivers(): void {
    const closed = new QueueClosedError("dequeue");
    for (let receiver = this.#receivers.front; receiver !== undefined; receiver = this.#receivers.front) {
      if (receiver.data) receiver.resolve(end());
      else receiver.reject(closed);
    }
  }
}

function normalize(options: SyncQueueOptions): typeof SYNC_QUEUE_DEFAULTS {
  const action = "create a SyncQueue";
  checkOptions(action, "options", options, NAMES);
  const { initialCapacity = SYNC_QUEUE_DEFAULTS.initialCapacity, maxItems = SYNC_QUEUE_DEFAULTS.maxItems } = options;
  return {
    initialCapacity: checkNumber(action, "initialCapacity", initialCapacity, { whole: true, min: 1 }),
    maxItems: checkNumber(action, "maxItems", maxItems, { whole: true, min: 1, orInfinity: true }),
  };
}
