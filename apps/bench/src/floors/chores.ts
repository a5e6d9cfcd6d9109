/** The answer to whoever wants something scheduled. */
export interface Answer {
  readonly scheduled: boolean;
}

const SCHEDULED: Promise<Answer> = Promise.resolve({ scheduled: true });
const REFUSED: Promise<Answer> = Promise.resolve({ scheduled: false });

/** Jobs in the background, one at a time, and one for each key, by hand: no holds, no store, no errors, no close. */
export class Chores {
  readonly #process: (arg: number) => Promise<void> | undefined;
  /** Those that wait and the one that runs, in order. */
  readonly #jobs = new Map<string, number>();
  #isRunning = false;
  #run: Promise<void> = Promise.resolve();

  constructor(process: (arg: number) => Promise<void> | undefined) {
    this.#process = process;
  }

  get size(): number {
    return this.#jobs.size;
  }

  schedule(key: string, arg: number): Promise<Answer> {
    if (this.#jobs.has(key)) return REFUSED;
    this.#jobs.set(key, arg);
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#run = Promise.resolve().then(this.#runAll);
    }
    return SCHEDULED;
  }

  /** Resolves when there is nothing left to do. */
  idle(): Promise<void> {
    return this.#run;
  }

  readonly #runAll = async (): Promise<void> => {
    for (const [key, arg] of this.#jobs) {
      const pending = this.#process(arg);
      if (pending !== undefined) await pending;
      this.#jobs.delete(key);
    }
    this.#isRunning = false;
  };
}

/** Keys that are taken for a time, by hand. */
export class Holds {
  readonly #until = new Map<string, number>();

  take(key: string, ms: number): Promise<Answer> {
    const now = performance.now();
    const until = this.#until.get(key);
    if (until !== undefined && until > now) return REFUSED;
    this.#until.set(key, now + ms);
    return SCHEDULED;
  }
}
