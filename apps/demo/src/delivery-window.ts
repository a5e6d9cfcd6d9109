import type { EventRow } from "./events.ts";
import { explain, type Explanation } from "./explanation.ts";
import { LineRanges } from "./line-ranges.ts";

/** A row that was handed over and is not in the table. */
export interface Failure extends Explanation {
  readonly at: number;
}

export interface WindowLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/**
 * The rows of one request that are on their way: never more than its limits, so that a request takes from memory only
 * its share, and a full dispatcher reaches back to the socket. One reader at a time waits for it.
 */
export class DeliveryWindow {
  readonly stored: LineRanges = new LineRanges();
  readonly failures: Failure[] = [];
  readonly #deliver: (row: EventRow) => Promise<void>;
  readonly #limits: WindowLimits;
  #rows = 0;
  #bytes = 0;
  #accepted = 0;
  #wake: { resolve: () => void; share: number } | undefined;

  constructor(deliver: (row: EventRow) => Promise<void>, limits: WindowLimits) {
    this.#deliver = deliver;
    this.#limits = limits;
  }

  /** Rows handed over so far, settled or not. */
  get accepted(): number {
    return this.#accepted;
  }

  get full(): boolean {
    return this.#rows >= this.#limits.maxRows || this.#bytes >= this.#limits.maxBytes;
  }

  add(at: number, row: EventRow): void {
    this.#accepted++;
    this.#rows++;
    this.#bytes += row.bytes;
    this.#deliver(row).then(
      () => {
        this.stored.add(at);
        this.#release(row);
      },
      (error: unknown) => {
        this.failures.push({ at, ...explain(error) });
        this.#release(row);
      },
    );
  }

  /** Resolves when half of the window is free, not at the first free place: so a request works in strides. */
  room(): Promise<void> {
    return this.#until(0.5);
  }

  /** Resolves when every row added has settled, one way or the other. */
  settled(): Promise<void> {
    return this.#until(0);
  }

  #until(share: number): Promise<void> {
    if (this.#holdsAtMost(share)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = { resolve, share };
    });
  }

  #holdsAtMost(share: number): boolean {
    return this.#rows <= this.#limits.maxRows * share && this.#bytes <= this.#limits.maxBytes * share;
  }

  #release(row: EventRow): void {
    this.#rows--;
    this.#bytes -= row.bytes;
    if (this.#wake === undefined || !this.#holdsAtMost(this.#wake.share)) return;
    const { resolve } = this.#wake;
    this.#wake = undefined;
    resolve();
  }
}
