import type { Insert } from "../store-batch.ts";

/** How the database is to behave. */
export interface Forecast {
  /** Each statement takes so much longer, in milliseconds. */
  readonly latencyMs: number;
  /** So many of a hundred statements fail, and may be tried again. */
  readonly failurePercent: number;
  /** No statement begins. */
  readonly paused: boolean;
}

export const FAIR: Forecast = Object.freeze({ latencyMs: 0, failurePercent: 0, paused: false });

/** What a statement fails with that was made to fail. */
export class BadWeatherError extends Error {
  override readonly name = "BadWeatherError";
  readonly code = "WEATHER";
}

/** Makes a good database slow, moody or silent, ahead of each statement. The pipeline knows nothing of it. */
export class Weather {
  readonly #random: () => number;
  #forecast: Forecast = FAIR;
  /** Wakes each statement that is held back. */
  readonly #held = new Set<() => void>();

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get forecast(): Forecast {
    return this.#forecast;
  }

  /** From now on. Those that are held back look at it again: less delay is felt at once. */
  set(change: Partial<Forecast>): void {
    this.#forecast = { ...this.#forecast, ...change };
    for (const wake of [...this.#held]) wake();
  }

  /** The same statements, in this weather. */
  over(insert: Insert): Insert {
    return async (rows, options) => {
      if (this.#forecast !== FAIR) await this.#pass(options.signal);
      return insert(rows, options);
    };
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const from = performance.now();
    for (;;) {
      signal.throwIfAborted();
      const leftMs = this.#forecast.paused ? Infinity : from + this.#forecast.latencyMs - performance.now();
      if (leftMs <= 0) break;
      await this.#hold(leftMs, signal);
    }
    if (this.#random() * 100 < this.#forecast.failurePercent) throw new BadWeatherError("the weather is bad");
  }

  /** Resolves when the time is over, the weather changes, or the signal aborts. */
  #hold(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#held.delete(wake);
        resolve();
      };
      const timer = ms === Infinity ? undefined : setTimeout(wake, Math.ceil(ms));
      signal.addEventListener("abort", wake);
      this.#held.add(wake);
    });
  }
}
