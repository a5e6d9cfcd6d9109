/** What operations change. */
export interface Counter {
  count: number;
}

/** What to do with a {@link Counter}. */
export type Operation = (counter: Counter) => number;

class Batch {
  readonly key: string;
  readonly operations: Operation[] = [];
  readonly settles: ((result: number) => void)[] = [];

  constructor(key: string) {
    this.key = key;
  }
}

/** A load and a save for all operations of a key that come in one burst, by hand: no lanes, no errors, no close. */
export class Coalescer {
  readonly #load: (key: string) => Counter;
  readonly #save: (key: string, counter: Counter) => void;
  #open = new Map<string, Batch>();

  constructor(load: (key: string) => Counter, save: (key: string, counter: Counter) => void) {
    this.#load = load;
    this.#save = save;
  }

  run(key: string, operation: Operation): Promise<number> {
    return new Promise((resolve) => {
      const batch = this.#open.get(key) ?? this.#openBatch(key);
      batch.operations.push(operation);
      batch.settles.push(resolve);
    });
  }

  #openBatch(key: string): Batch {
    const batch = new Batch(key);
    if (this.#open.size === 0) queueMicrotask(this.#flush);
    this.#open.set(key, batch);
    return batch;
  }

  readonly #flush = (): void => {
    const open = this.#open;
    this.#open = new Map();
    for (const batch of open.values()) this.#end(batch);
  };

  #end({ key, operations, settles }: Batch): void {
    const counter = this.#load(key);
    const results = operations.map((operation) => operation(counter));
    this.#save(key, counter);
    for (let i = 0; i < settles.length; i++) settles[i]?.(results[i] as number);
  }
}
