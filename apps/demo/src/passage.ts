/** Lets any number through at once, or one alone: who wants to be alone waits for the others and holds up newcomers. */
export class Passage {
  #inside = 0;
  #closed: Promise<unknown> | undefined;
  #onEmpty: (() => void) | undefined;

  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#closed !== undefined) await this.#closed;
    this.#inside++;
    try {
      return await work();
    } finally {
      this.#inside--;
      if (this.#inside === 0) this.#onEmpty?.();
    }
  }

  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#closed !== undefined) await this.#closed;
    const over = this.#whenEmpty()
      .then(work)
      .finally(() => {
        this.#closed = undefined;
      });
    this.#closed = over.catch(() => undefined);
    return over;
  }

  #whenEmpty(): Promise<void> {
    if (this.#inside === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = () => {
        this.#onEmpty = undefined;
        resolve();
      };
    });
  }
}
