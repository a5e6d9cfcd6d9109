import {
  type Batch,
  blockNewItems,
  Dispatcher,
  DispatcherClosedError,
  dropOldestBatch,
  fixedDelay,
  RateLimiter,
  type SendContext,
  type SendFailure,
  SendTimeoutError,
} from "@disp/core";
import { Books } from "./books.ts";
import { FAULT, hang, MOST_WAITING, type Part, ShortLived } from "./part.ts";
import { expectSame } from "../wrong-result.ts";

/** What nobody can tell the end of: the wait for it was called off. */
const UNKNOWN = -1;

/** Retries, timeouts, parts of batches, ages, and calls that are aborted while they wait. */
export class Sending implements Part {
  readonly name = "sending";
  readonly #items = new Books();
  readonly #pushes = new Books();
  readonly #deliveries = new Books();
  readonly books = [this.#items, this.#pushes, this.#deliveries];
  readonly #shared: AbortSignal;
  readonly #shortLived = new ShortLived();
  /** Batches whose present attempt hangs. */
  readonly #hanging = new Set<number>();
  #sends = 0;
  readonly #dispatcher = new Dispatcher<number>({
    send: (batch, context) => this.#send(batch, context),
    batch: { maxItems: 20, maxAgeMs: 2 },
    maxConcurrency: 8,
    overflow: blockNewItems({ maxItems: 300 }),
    retry: fixedDelay({ delayMs: 1, maxRetries: 2 }),
    sendTimeoutMs: 10,
    onError: (failure) => this.#hearError(failure),
    onDrop: ({ items }) => this.#settleAll(items),
  });

  constructor(shared: AbortSignal) {
    this.#shared = shared;
  }

  turn(): void {
    const signal = this.#shortLived.next();
    for (let i = 0; i < 40 && this.#tryPush(); i++);
    for (let i = 0; i < 10 && this.#pushes.out < MOST_WAITING; i++) this.#push(i % 2 === 0 ? signal : this.#shared);
    for (let i = 0; i < 10 && this.#deliveries.out < MOST_WAITING; i++) this.#deliver(i % 3 === 0 ? signal : undefined);
  }

  audit(): void {
    const { accepted, delivered, dropped, abandoned, buffer } = this.#dispatcher.stats();
    const gone = Object.values(dropped).reduce((sum, items) => sum + items, 0);
    expectSame("delivered, dropped and waiting", delivered + gone + abandoned + buffer.total.items, accepted);
  }

  async close(): Promise<void> {
    this.#shortLived.next();
    await this.#dispatcher.drain();
    this.audit();
  }

  #tryPush(): boolean {
    const item = this.#items.issue();
    const isAccepted = this.#dispatcher.tryPush(item);
    if (!isAccepted) this.#items.settle(item);
    return isAccepted;
  }

  #push(signal: AbortSignal): void {
    const item = this.#items.issue();
    const call = this.#pushes.issue();
    this.#dispatcher.push(item, { signal }).then(
      () => this.#pushes.settle(call),
      () => {
        // It was not let in, so it must not be sent.
        this.#pushes.settle(call);
        this.#items.settle(item);
      },
    );
  }

  /** Whose wait may be called off has an item that is not in the books: it may have been let in, or not. */
  #deliver(shortLived: AbortSignal | undefined): void {
    const call = this.#deliveries.issue();
    const end = () => this.#deliveries.settle(call);
    const item = shortLived === undefined ? this.#items.issue() : UNKNOWN;
    this.#dispatcher.deliver(item, { signal: shortLived ?? this.#shared }).then(end, (error: unknown) => {
      end();
      // Still in line when the dispatcher was closed.
      if (item !== UNKNOWN && error instanceof DispatcherClosedError) this.#items.settle(item);
    });
  }

  #send(batch: Batch<number>, { signal }: SendContext): Promise<void> | undefined {
    this.#sends++;
    this.#hanging.delete(batch.id);
    if (this.#sends % 97 === 0) {
      this.#hanging.add(batch.id);
      return hang(signal);
    }
    if (this.#sends % 31 === 0) {
      this.#settleAll(batch.items.filter(isOdd));
      batch.keep((item) => !isOdd(item));
      return Promise.reject(FAULT);
    }
    if (this.#sends % 5 === 0) return Promise.reject(FAULT);
    this.#settleAll(batch.items);
    return this.#sends % 2 === 0 ? Promise.resolve() : undefined;
  }

  /** On a machine that stalls, a send may time out that has done its work: then the items are sent once more. */
  #hearError({ batch, error }: SendFailure<number>): void {
    const isStalled = error instanceof SendTimeoutError && !this.#hanging.delete(batch.id);
    if (isStalled) for (const item of batch.items) if (item !== UNKNOWN) this.#items.reopen(item);
  }

  #settleAll(items: readonly number[]): void {
    for (const item of items) if (item !== UNKNOWN) this.#items.settle(item);
  }
}

function isOdd(item: number): boolean {
  return item % 2 !== 0;
}

/** Far more comes in than a limiter lets out: the oldest are dropped. */
export class Overflowing implements Part {
  readonly name = "overflowing";
  readonly #items = new Books();
  readonly books = [this.#items];
  readonly #dispatcher = new Dispatcher<number>({
    send: ({ items }) => {
      for (const item of items) this.#items.settle(item);
      return Promise.resolve();
    },
    batch: { maxItems: 10, maxAgeMs: 1 },
    overflow: dropOldestBatch({ maxItems: 200 }),
    rateLimit: new RateLimiter({ ratePerSecond: 2_000, burst: 5 }),
    onDrop: ({ items }) => {
      for (const item of items) this.#items.settle(item);
    },
  });

  turn(): void {
    for (let i = 0; i < 40; i++) this.#dispatcher.tryPush(this.#items.issue());
  }

  audit(): void {
    const { accepted, delivered, dropped, buffer } = this.#dispatcher.stats();
    expectSame("accepted", accepted, this.#items.out + this.#items.ended);
    expectSame("delivered, dropped and waiting", delivered + dropped.overflow + buffer.total.items, accepted);
  }

  async close(): Promise<void> {
    await this.#dispatcher.drain();
    this.audit();
  }
}
