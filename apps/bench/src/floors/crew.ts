/** What a {@link Crew} does. */
export type Work = () => Promise<number>;

/** Who waits for a result, in the place of the work that it is of. */
type Settle = ((result: number) => void) | undefined;

/** A fixed number of tasks at a time, by hand: no limit, no timeout, no error, no close. */
export class Crew {
  #waiting: Work[] = [];
  #settles: Settle[] = [];
  #begun = 0;
  #idle: number;
  readonly #size: number;
  #onIdle: (() => void) | undefined;

  constructor(size: number) {
    this.#size = size;
    this.#idle = size;
  }

  dispatch(work: Work): void {
    if (this.#idle === 0) this.#waiting.push(work);
    else {
      this.#idle--;
      void work().then(this.#onDone);
    }
  }

  /** Resolves when there is nothing left to do. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#idle === this.#size) resolve();
    });
  }

  execute(work: Work): Promise<number> {
    return new Promise((resolve) => {
      if (this.#idle === 0) {
        this.#waiting.push(work);
        this.#settles.push(resolve);
      } else {
        this.#idle--;
        this.#start(work, resolve);
      }
    });
  }

  /** In place of `#onDone` when somebody wants the result. */
  #start(work: Work, settle: Settle): void {
    void work().then((result) => {
      settle?.(result);
      const next = this.#waiting[this.#begun];
      if (next === undefined) this.#rest();
      else this.#start(next, this.#settles[this.#begun++]);
    });
  }

  readonly #onDone = (): void => {
    const next = this.#waiting[this.#begun];
    if (next === undefined) this.#rest();
    else {
      this.#begun++;
      void next().then(this.#onDone);
    }
  };

  #rest(): void {
    this.#waiting = [];
    this.#settles = [];
    this.#begun = 0;
    this.#idle++;
    if (this.#idle === this.#size) this.#onIdle?.();
  }
}
