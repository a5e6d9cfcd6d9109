import { Deque } from "./deque.ts";
import type { Waiter, WaitQueue } from "./wait-queue.ts";

/** What an iterator needs of the queue it takes from. */
export interface ItemSource<T> {
  readonly size: number;
  readonly closed: boolean;
  tryDequeue(): T | undefined;
}

type Result<T> = IteratorResult<T, undefined>;

/**
 * One of any number of iterators over a queue. Each takes what it yields, and stands in the queue's one line of
 * receivers while there is nothing to take.
 *
 * It never yields to the event loop on its own: an item that is there arrives in the next microtask, whatever its
 * number. A pause hidden in here would hold an item that left the queue and has not arrived, and nearly every consumer
 * awaits something real; those that do not know best where their pause belongs.
 */
export class ItemIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: ItemSource<T>;
  readonly #line: WaitQueue<T | Result<T>, boolean>;
  // The calls of next() that wait, in their order; among them some that were served since the last call.
  readonly #pending = new Deque<Waiter<T | Result<T>, boolean>>({ initialCapacity: 1 });
  #isDetached = false;

  constructor(source: ItemSource<T>, line: WaitQueue<T | Result<T>, boolean>) {
    this.#source = source;
    this.#line = line;
  }

  next(): Promise<Result<T>> {
    if (this.#isDetached) return Promise.resolve(end());
    // Size, not the value, says whether there was an item.
    if (this.#source.size > 0) return Promise.resolve({ done: false, value: this.#source.tryDequeue() as T });
    return this.#source.closed ? Promise.resolve(end()) : this.#wait();
  }

  /** Detaches this iterator alone; its calls of `next()` that wait end, and leave their items to others. */
  return(): Promise<Result<T>> {
    this.#isDetached = true;
    for (const waiter of this.#pending.clear()) waiter.resolve(end());
    return Promise.resolve(end());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wait(): Promise<Result<T>> {
    while (this.#pending.peekFront()?.isWaiting === false) this.#pending.popFront();
    // The queue serves a waiter whose data is true with a result.
    const served = this.#line.wait(true) as Promise<Result<T>>;
    if (this.#line.back !== undefined) this.#pending.pushBack(this.#line.back);
    return served;
  }
}

/** What an iterator yields last. */
export function end(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined };
}
