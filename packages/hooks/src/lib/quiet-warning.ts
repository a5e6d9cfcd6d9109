const QUIET_MS = 10_000;

/**
 * Tells on the console what nobody asked to hear of, so that nothing goes wrong in silence. The first event is told at
 * once, then at most one line every ten seconds; {@link tell} says what is left.
 */
export class QuietWarning<Event> {
  readonly #words: (untold: number, last: Event) => readonly unknown[];
  #untold = 0;
  #last: Event | undefined;
  #quietUntil = -Infinity;
  /** Runs while there is something to tell that has to wait. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param words - What to print, given how much was not told yet and the last event of it. */
  constructor(words: (untold: number, last: Event) => readonly unknown[]) {
    this.#words = words;
  }

  /** @param count - How much the event stands for. */
  hear(event: Event, count = 1): void {
    this.#untold += count;
    this.#last = event;
    const quietMs = this.#quietUntil - performance.now();
    if (quietMs <= 0) this.tell();
    else this.#timer ??= watch(() => this.tell(), quietMs);
  }

  /** Tells what was not told yet. */
  tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#untold === 0) return;
    // Where something is untold there was an event, be it `undefined`.
    console.warn(...this.#words(this.#untold, this.#last as Event));
    this.#untold = 0;
    this.#last = undefined;
    this.#quietUntil = performance.now() + QUIET_MS;
  }
}

/** A timer that keeps no process alive. In browsers a timer is a number, and there is nothing to keep alive. */
function watch(callback: () => void, delayMs: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(callback, delayMs);
  if (typeof timer === "object") timer.unref();
  return timer;
}
