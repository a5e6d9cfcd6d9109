/** Somebody who looks: the part of a response that is used here. */
export interface Reader {
  /** What was written before has not left yet. */
  readonly writableNeedDrain: boolean;
  write(text: string): unknown;
  end(text: string): unknown;
  destroy(): unknown;
  on(event: "close", listener: () => void): unknown;
}

export interface LiveStreamOptions {
  readonly everyMs: number;
  readonly maxReaders: number;
  /** One who has missed so many updates in a row is cut off. */
  readonly maxSkips: number;
  /** What there is to tell. */
  readonly next: () => string;
  /** The first one looks after nobody did. */
  readonly onFirst: () => void;
  /** Nobody looks any more. */
  readonly onNone: () => void;
}

/**
 * Tells everybody who looks the same thing, some times a second; while nobody does, there is no timer. Each update is whole by
 * itself: one whose line is slow misses some, and nothing is kept for it.
 */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  /** How many updates each has missed in a row. */
  readonly #readers = new Map<Reader, number>();
  #timer: NodeJS.Timeout | undefined;
  #latest = "";
  #isOver = false;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#readers.size;
  }

  get isFull(): boolean {
    return this.#isOver || this.#readers.size >= this.#options.maxReaders;
  }

  /** Tells it what there is, at once and from now on. Ask `isFull` first. */
  add(reader: Reader): void {
    if (this.isFull) throw new Error("Cannot add a reader: there must be room");
    this.#readers.set(reader, 0);
    reader.on("close", () => this.#remove(reader));
    if (this.#timer === undefined) this.#begin();
    reader.write(this.#latest);
  }

  /** Tells everybody for the last time. */
  end(): void {
    this.#isOver = true;
    const readers = [...this.#readers.keys()];
    this.#readers.clear();
    this.#rest();
    if (readers.length === 0) return;
    const last = this.#options.next();
    for (const reader of readers) reader.end(last);
  }

  #begin(): void {
    this.#options.onFirst();
    this.#latest = this.#options.next();
    this.#timer = setInterval(() => this.#tell(), this.#options.everyMs);
  }

  #tell(): void {
    this.#latest = this.#options.next();
    for (const [reader, skips] of this.#readers) {
      if (!reader.writableNeedDrain) {
        this.#readers.set(reader, 0);
        reader.write(this.#latest);
      } else if (skips + 1 < this.#options.maxSkips) {
        this.#readers.set(reader, skips + 1);
      } else {
        this.#remove(reader);
        reader.destroy();
      }
    }
  }

  #remove(reader: Reader): void {
    if (!this.#readers.delete(reader) || this.#readers.size > 0) return;
    this.#rest();
    this.#options.onNone();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
