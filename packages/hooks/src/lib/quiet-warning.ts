const QUIET_MS = 10_000;

/**
 * Tells on the console what nobody asked to hear of, so that nothing goes wrong in silence. The first event is told at
 * once, then at most one line every ten seconds; {@link tell} says what is left.
 */
export class QuietWarning<Event> {
  readonly #words: (untold: number, last: Event) => readonly unknown[];
  #untold = 0;
  #quietUntil = -Infinity;
  #last: Event | undefined;

  /** @param words - What to print, given how much was not told yet and the last event of it. */
  constructor(words: (untold: number, last: Event) => readonly unknown[]) {
    this.#words = words;
  }

  /** @param count - How much the event stands for. */
  hear(event: Event, count = 1): void {
    this.#untold += count;
    this.#last = event;
    if (performance.now() >= this.#quietUntil) this.tell();
  }

  /** Tells what was not told yet. */
  tell(): void {
    if (this.#untold === 0 || this.#last === undefined) return;
    console.warn(...this.#words(this.#untold, this.#last));
    this.#untold = 0;
    this.#last = undefined;
    this.#quietUntil = performance.now() + QUIET_MS;
  }
}
