import type { Answer } from "../floors/chores.ts";

// Queues that know no keys, each with a set of them: what comes nearest to a processor in memory.

export interface PQueue {
  add(task: () => Promise<void> | undefined): Promise<unknown>;
  onIdle(): Promise<void>;
}

export interface PQueueModule {
  readonly default: new (options: { concurrency: number }) => PQueue;
}

interface Chore {
  readonly key: string;
  readonly arg: number;
}

interface AsyncQueue {
  push(chore: Chore, done: () => void): void;
  drain(): Promise<void>;
}

export interface AsyncModule {
  readonly queue: (worker: (chore: Chore, done: () => void) => void, concurrency: number) => AsyncQueue;
}

export interface FlexibleModule {
  readonly RateLimiterMemory: new (options: {
    points: number;
    duration: number;
  }) => {
    consume(key: string): Promise<unknown>;
    delete(key: string): Promise<boolean>;
  };
}

const SCHEDULED: Promise<Answer> = Promise.resolve({ scheduled: true });
const REFUSED: Promise<Answer> = Promise.resolve({ scheduled: false });

type Process = (arg: number) => Promise<void> | undefined;

/** `p-queue` with a set of keys. */
export class PQueueChores {
  readonly #queue: PQueue;
  readonly #process: Process;
  readonly #keys = new Set<string>();

  constructor({ default: Queue }: PQueueModule, process: Process) {
    this.#queue = new Queue({ concurrency: 1 });
    this.#process = process;
  }

  get size(): number {
    return this.#keys.size;
  }

  schedule(key: string, arg: number): Promise<Answer> {
    if (this.#keys.has(key)) return REFUSED;
    this.#keys.add(key);
    void this.#queue.add(() => this.#process(arg)).then(() => this.#keys.delete(key));
    return SCHEDULED;
  }

  idle(): Promise<void> {
    return this.#queue.onIdle();
  }
}

/** The queue of `async` with a set of keys. */
export class AsyncChores {
  readonly #queue: AsyncQueue;
  readonly #keys = new Set<string>();

  constructor({ queue }: AsyncModule, process: Process) {
    this.#queue = queue(({ arg }, done) => {
      const pending = process(arg);
      // Who calls back at once has it call the next one then and there, until the stack is full.
      if (pending === undefined) queueMicrotask(done);
      else void pending.then(() => done());
    }, 1);
  }

  get size(): number {
    return this.#keys.size;
  }

  schedule(key: string, arg: number): Promise<Answer> {
    if (this.#keys.has(key)) return REFUSED;
    this.#keys.add(key);
    this.#queue.push({ key, arg }, () => this.#keys.delete(key));
    return SCHEDULED;
  }

  idle(): Promise<void> {
    // With nothing to do it would tell of the next time only.
    return this.#keys.size === 0 ? Promise.resolve() : this.#queue.drain();
  }
}
