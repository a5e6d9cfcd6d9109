/** Counts what is done, and tells when a number is reached. */
export class Milestone {
  #passed = 0;
  #next = 0;
  #reach: () => void = () => undefined;

  get passed(): number {
    return this.#passed;
  }

  readonly pass = (): void => {
    this.#passed++;
    if (this.#passed === this.#next) this.#reach();
  };

  /** Resolves when `count` is reached. One number is waited for at a time. */
  reached(count: number): Promise<void> {
    if (this.#passed >= count) return Promise.resolve();
    this.#next = count;
    return new Promise((resolve) => {
      this.#reach = resolve;
    });
  }
}
