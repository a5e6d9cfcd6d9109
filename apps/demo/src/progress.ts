const BAR_WIDTH = 30;

export interface ProgressOptions {
  readonly output: NodeJS.WriteStream;
  readonly total: number | undefined;
  /** How many there are by now. */
  count(): number;
}

/** A bar that moves on a terminal; elsewhere one line a second. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt = performance.now();
  #shown = -1;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#draw(), options.output.isTTY ? 100 : 1_000);
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#options.count() !== this.#shown) this.#draw();
    if (this.#options.output.isTTY) this.#options.output.write("\n");
  }

  #draw(): void {
    const { output, total } = this.#options;
    const stored = this.#options.count();
    this.#shown = stored;
    const text = `${this.#bar(stored, total)}${stored.toLocaleString("en-US")} events stored, ${this.#rate(stored)}`;
    output.write(output.isTTY ? `\r${text}\x1b[K` : `${text}\n`);
  }

  #bar(stored: number, total: number | undefined): string {
    if (total === undefined) return "  ";
    const share = Math.min(1, stored / total);
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    if (!this.#options.output.isTTY) return `${percent}  `;
    const full = Math.round(share * BAR_WIDTH);
    return `  [${"=".repeat(full)}${" ".repeat(BAR_WIDTH - full)}]${percent}  `;
  }

  #rate(stored: number): string {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    return `${Math.round(stored / Math.max(seconds, 0.001)).toLocaleString("en-US")} a second`;
  }
}
