/** What becomes of those who wait for room. */
type Settle = () => void;

interface Batch {
  readonly items: number[];
  size: number;
}

export interface SizedBatcherOptions {
  send(items: readonly number[]): Promise<void>;
  sizeOf: (item: number) => number;
  maxSize: number;
  maxConcurrency: number;
  /** How many items may be inside. */
  room: number;
}

/** Batches of a limited size and a few senders, by hand: no age, no error, no retry, no close. */
export class SizedBatcher {
  readonly #options: SizedBatcherOptions;
  #growing: Batch = { items: [], size: 0 };
  #waiting: Batch[] = [];
  #sent = 0;
  #live = 0;
  #running = 0;
  #isScheduled = false;
  #onChange: Settle[] = [];

  constructor(options: SizedBatcherOptions) {
    this.#options = options;
  }

  tryPush(item: number): boolean {
    const { room, sizeOf, maxSize } = this.#options;
    if (this.#live >= room) return false;
    this.#live++;
    const size = sizeOf(item);
    if (this.#growing.size + size > maxSize) this.#cut();
    this.#growing.items.push(item);
    this.#growing.size += size;
    if (this.#growing.size === maxSize) this.#cut();
    return true;
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
    this.#growing = { items: [], size: 0 };
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

  #settle({ items }: Batch): void {
    this.#running--;
    this.#live -= items.length;
    const changed = this.#onChange;
    this.#onChange = [];
    for (const settle of changed) settle();
    this.#run();
  }
}
