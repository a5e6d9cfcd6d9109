/** How an operation that may wait ended. */
export type Outcome = { value: unknown } | { reason: string };

interface Receiver {
  readonly id: number;
  /** The iterator whose `next()` it is, or undefined for `dequeue()`. */
  readonly iterator: number | undefined;
}

interface Sender {
  readonly id: number;
  readonly item: unknown;
}

/** A queue in plain arrays, which knows at once what its promises will tell later. */
export class QueueModel {
  readonly outcomes: Map<number, Outcome> = new Map();
  readonly detached: Set<number> = new Set();
  items: unknown[] = [];
  receivers: Receiver[] = [];
  senders: Sender[] = [];
  closed = false;
  readonly #maxItems: number;

  constructor(maxItems: number) {
    this.#maxItems = maxItems;
  }

  tryEnqueue(item: unknown): "in" | "full" | "closed" {
    if (this.closed) return "closed";
    const receiver = this.receivers.shift();
    if (receiver !== undefined) this.#serve(receiver, item);
    else if (this.items.length >= this.#maxItems) return "full";
    else this.items.push(item);
    return "in";
  }

  enqueueWhenRoom(id: number, item: unknown): void {
    const outcome = this.tryEnqueue(item);
    if (outcome === "in") this.outcomes.set(id, { value: undefined });
    else if (outcome === "closed") this.outcomes.set(id, { reason: "DISP_QUEUE_CLOSED" });
    else this.senders.push({ id, item });
  }

  dequeueMany(max: number): unknown[] {
    const taken = this.items.splice(0, max);
    this.#admit();
    return taken;
  }

  receive(receiver: Receiver): void {
    if (receiver.iterator !== undefined && this.detached.has(receiver.iterator)) this.#finish(receiver);
    else if (this.items.length > 0) this.#serve(receiver, this.dequeueMany(1)[0]);
    else if (this.closed) this.#finish(receiver);
    else this.receivers.push(receiver);
  }

  detach(iterator: number): void {
    this.detached.add(iterator);
    for (const receiver of this.receivers) if (receiver.iterator === iterator) this.#finish(receiver);
    this.receivers = this.receivers.filter((receiver) => receiver.iterator !== iterator);
  }

  abort(id: number): void {
    const left = [...this.receivers, ...this.senders].some((waiter) => waiter.id === id);
    if (left) this.outcomes.set(id, { reason: "aborted" });
    this.receivers = this.receivers.filter((receiver) => receiver.id !== id);
    this.senders = this.senders.filter((sender) => sender.id !== id);
  }

  close(): void {
    this.closed = true;
    for (const sender of this.senders.splice(0)) this.outcomes.set(sender.id, { reason: "DISP_QUEUE_CLOSED" });
    for (const receiver of this.receivers.splice(0)) this.#finish(receiver);
  }

  #admit(): void {
    while (this.items.length < this.#maxItems) {
      const sender = this.senders.shift();
      if (sender === undefined) return;
      this.items.push(sender.item);
      this.outcomes.set(sender.id, { value: undefined });
    }
  }

  #serve(receiver: Receiver, item: unknown): void {
    this.outcomes.set(receiver.id, { value: receiver.iterator === undefined ? item : { done: false, value: item } });
  }

  #finish(receiver: Receiver): void {
    const end = receiver.iterator !== undefined;
    this.outcomes.set(receiver.id, end ? { value: { done: true, value: undefined } } : { reason: "DISP_QUEUE_CLOSED" });
  }
}
