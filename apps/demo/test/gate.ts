/** Holds back whoever passes until it is opened. */
export class Gate {
  readonly #opened: Promise<void>;
  #open!: () => void;

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  readonly pass = (): Promise<void> => this.#opened;

  open(): void {
    this.#open();
  }
}

/** Lets the event loop turn until something is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
