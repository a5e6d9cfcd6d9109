import { KeyedRateLimiter, RateLimiter } from "@disp/ratelimit";
import { SyncQueue } from "@disp/sync-queue";
import { Books } from "./books.ts";
import { MOST_WAITING, type Part, ShortLived } from "./part.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

/** Waits that are granted, aborted, or turned away since they would take too long. */
export class Limiting implements Part {
  readonly name = "limiting";
  readonly #waits = new Books();
  readonly books = [this.#waits];
  readonly #shared: AbortSignal;
  readonly #shortLived = new ShortLived();
  readonly #limiter = new RateLimiter({ ratePerSecond: 20_000, burst: 10 });

  constructor(shared: AbortSignal) {
    this.#shared = shared;
  }

  turn(): void {
    const signal = this.#shortLived.next();
    for (let i = 0; i < 30 && this.#waits.out < MOST_WAITING; i++) {
      const call = this.#waits.issue();
      const end = () => this.#waits.settle(call);
      const maxWaitMs = i % 5 === 0 ? 1 : Infinity;
      this.#limiter.wait(1, { signal: i % 3 === 0 ? signal : this.#shared, maxWaitMs }).then(end, end);
    }
  }

  audit(): void {
    const owed = -this.#limiter.tokens();
    if (owed > this.#waits.out) throw new WrongResultError(`${owed} tokens were owed to ${this.#waits.out} who wait`);
  }

  async close(): Promise<void> {
    this.#shortLived.next();
    while (this.#waits.out > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const MOST_KEYS = 1_000;

/** Many more keys than are remembered, some of which are waited for. */
export class KeyedLimiting implements Part {
  readonly name = "keyedlimiting";
  readonly #waits = new Books();
  readonly #asked = new Books();
  readonly books = [this.#asked, this.#waits];
  readonly #shared: AbortSignal;
  readonly #shortLived = new ShortLived();
  readonly #limiter = new KeyedRateLimiter<string>({ ratePerSecond: 1_000, burst: 2, maxKeys: MOST_KEYS, idleMs: 100 });
  #denied = 0;

  constructor(shared: AbortSignal) {
    this.#shared = shared;
  }

  turn(): void {
    const signal = this.#shortLived.next();
    for (let i = 0; i < 30; i++) {
      const item = this.#asked.issue();
      if (!this.#limiter.allow(`key:${item}`)) this.#denied++;
      this.#asked.settle(item);
    }
    for (let i = 0; i < 5 && this.#waits.out < MOST_WAITING; i++) {
      const call = this.#waits.issue();
      const end = () => this.#waits.settle(call);
      this.#limiter.wait(`waited:${call % 97}`, 1, { signal: i % 2 === 0 ? signal : this.#shared }).then(end, end);
    }
  }

  audit(): void {
    if (this.#limiter.size > MOST_KEYS) throw new WrongResultError(`${this.#limiter.size} keys were remembered`);
    expectSame("new keys that were denied", this.#denied, 0);
  }

  async close(): Promise<void> {
    this.#shortLived.next();
    while (this.#waits.out > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    this.audit();
  }
}

const ROOM = 64;

/** Receivers and senders that are aborted while they wait for each other. */
export class Queueing implements Part {
  readonly name = "queueing";
  readonly #items = new Books();
  readonly #receivers = new Books();
  readonly books = [this.#items, this.#receivers];
  readonly #shared: AbortSignal;
  readonly #shortLived = new ShortLived();
  readonly #queue = new SyncQueue<number>({ maxItems: ROOM });
  #turns = 0;

  constructor(shared: AbortSignal) {
    this.#shared = shared;
  }

  turn(): void {
    this.#turns++;
    const signal = this.#shortLived.next();
    // Now the ones wait, now the others.
    const senders = this.#turns % 8 < 4 ? 60 : 20;
    for (let i = 0; i < senders && this.#items.out < MOST_WAITING; i++) this.#send(i % 3 === 0 ? signal : this.#shared);
    for (let i = 0; i < 80 - senders && this.#receivers.out < MOST_WAITING; i++) {
      this.#receive(i % 3 === 0 ? signal : this.#shared);
    }
  }

  audit(): void {
    const { size, waiting } = this.#queue;
    if (size > ROOM) throw new WrongResultError(`${size} items were inside, not ${ROOM}`);
    if (size > 0 && waiting > 0) throw new WrongResultError(`${waiting} waited though ${size} items were there`);
  }

  async close(): Promise<void> {
    this.#shortLived.next();
    this.#queue.close();
    for (const item of this.#queue.clear()) this.#items.settle(item);
    await new Promise(setImmediate);
    expectSame("items and receivers left", this.#queue.size + this.#queue.waiting, 0);
  }

  #send(signal: AbortSignal): void {
    const item = this.#items.issue();
    // Who is turned away has put nothing in.
    this.#queue.enqueueWhenRoom(item, { signal }).catch(() => this.#items.settle(item));
  }

  #receive(signal: AbortSignal): void {
    const call = this.#receivers.issue();
    this.#queue.dequeue({ signal }).then(
      (item) => {
        this.#receivers.settle(call);
        this.#items.settle(item);
      },
      () => this.#receivers.settle(call),
    );
  }
}
