import type { AsyncLimiter } from "@disp/ratelimit";
import { exponentialBackoff } from "@disp/retry";
import type { Pace } from "./pace.ts";

const AFTER_FAILURE = exponentialBackoff({ initialMs: 100, multiplier: 2, maxMs: 10_000 });

/**
 * Permits of a limiter that answers later, such as one in Redis. It is asked ahead of the lease, so that batches go on
 * growing while it thinks; what it grants and nobody needs any more is kept for the next send.
 */
export class AsyncLimiterPace implements Pace {
  readonly #limiter: AsyncLimiter;
  readonly #wake: () => void;
  #granted = 0;
  #asked = 0;
  #failures = 0;
  #abort = new AbortController();
  /** After a failure: when the limiter may be asked again. */
  #askAgainAt = -Infinity;
  nextAt: number = Infinity;

  constructor(limiter: AsyncLimiter, wake: () => void) {
    this.#limiter = limiter;
    this.#wake = wake;
  }

  take(now: number, wanted: () => number): boolean {
    if (this.#granted > 0) {
      this.#granted -= 1;
      return true;
    }
    const mayAsk = now >= this.#askAgainAt;
    if (mayAsk) this.#ask(wanted());
    this.nextAt = mayAsk ? Infinity : this.#askAgainAt;
    return false;
  }

  leave(): void {
    if (this.#asked === 0) return;
    this.#abort.abort();
    // They may settle late or never; what becomes ready meanwhile is asked for anew.
    this.#asked = 0;
    this.#abort = new AbortController();
  }

  #ask(wanted: number): void {
    const { signal } = this.#abort;
    while (this.#asked < wanted) {
      this.#asked += 1;
      void askOnce(this.#limiter, signal).then(
        () => this.#grant(signal),
        (error: unknown) => this.#fail(error, signal),
      );
    }
  }

  /** A permit that comes late is as good as any other. */
  #grant(signal: AbortSignal): void {
    if (!signal.aborted) this.#asked -= 1;
    this.#failures = 0;
    this.#granted += 1;
    this.#wake();
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#asked -= 1;
    this.#failures += 1;
    const delayMs = AFTER_FAILURE.nextDelayMs(this.#failures) ?? 0;
    this.#askAgainAt = performance.now() + delayMs;
    if (this.#failures === 1) console.warn("@disp/core: the rate limiter failed; sends wait until it answers.", error);
    this.#wake();
  }
}

/** An async function, so that a limiter that throws at once fails like one that rejects. */
async function askOnce(limiter: AsyncLimiter, signal: AbortSignal): Promise<void> {
  await limiter.wait(1, { signal });
}
