const DONE = Promise.resolve();

/** What becomes of an item: its promise's resolve. */
type Settle = () => void;

/** A batch with a promise's resolve for each of its items. */
interface Batch {
  readonly items: number[];
  readonly settles: Settle[];
}

export interface BatcherOptions {
  send(items: readonly number[]): Promise<void>;
  maxItems: number;
  maxConcurrency: number;
  /** How many items may be inside. */
  room: number;
}

/** Batches of a fixed length and a few senders, by hand: no age, no error, no retry, no close. */
export class Batcher {
  readonly #options: BatcherOptions;
  #growing: Batch = { items: [], settles: [] };
  #waiting: Batch[] = [];
  #sent = 0;
  #live = 0;
  #running = 0;
  #isScheduled = false;
  #onChange: Settle[] = [];

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  tryPush(item: number): boolean {
    if (this.#live >= this.#options.room) return false;
    this.#live++;
    const { items } = this.#growing;
    items.push(item);
    if (items.length === this.#options.maxItems) this.#cut();
    return true;
  }

  push(item: number): Promise<void> {
    return this.tryPush(item) ? DONE : this.changed().then(() => this.push(item));
  }

  deliver(item: number): Promise<void> {
    return new Promise((resolve) => {
      this.#growing.settles.push(resolve);
      this.tryPush(item);
    });
  }

  /** Resolves when a batch has been sent. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange.push(resolve);
    });
  }

  async flush(): Promise<void> {
    if (this.#growing.items.length > 0) this.#cut();
    while (this.#live > 0) await this.changed();
  }

  #cut(): void {
    this.#waiting.push(this.#growing);
    this.#growing = { items: [], settles: [] };
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#run();
    });
  }

  #run(): void {
    while (this.#running < this.#options.maxConcurrency && this.#sent < this.#waiting.length) this.#send();
    if (this.#sent < this.#waiting.length) return;
    this.#waiting = [];
    this.#sent = 0;
  }

  #send(): void {
    const batch = this.#waiting[this.#sent++] as Batch;
    this.#running++;
    void this.#options.send(batch.items).then(() => this.#settle(batch));
  }

  #settle({ items, settles }: Batch): void {
    this.#running--;
    this.#live -= items.length;
    for (const settle of settles) settle();
    const changed = this.#onChange;
    this.#onChange = [];
    for (const settle of changed) settle();
    this.#run();
  }
}
