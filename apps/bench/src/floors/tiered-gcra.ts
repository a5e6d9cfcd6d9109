/** Two limits at once by hand, each as in `Gcra`: tokens are taken from both or from none. */
export class TieredGcra {
  readonly #fastPerToken: number;
  readonly #fastBurstMs: number;
  readonly #slowPerToken: number;
  readonly #slowBurstMs: number;
  #fastFullAt = -Infinity;
  #slowFullAt = -Infinity;

  constructor(fast: { ratePerSecond: number; burst: number }, slow: { ratePerSecond: number; burst: number }) {
    this.#fastPerToken = 1_000 / fast.ratePerSecond;
    this.#fastBurstMs = fast.burst * this.#fastPerToken;
    this.#slowPerToken = 1_000 / slow.ratePerSecond;
    this.#slowBurstMs = slow.burst * this.#slowPerToken;
  }

  /** Tokens taken from the first one, of which none have come back. */
  fastTaken(now: number): number {
    return Math.max(0, this.#fastFullAt - now) / this.#fastPerToken;
  }

  allow(now: number = performance.now()): boolean {
    const fast = (this.#fastFullAt > now ? this.#fastFullAt : now) + this.#fastPerToken;
    if (fast - now > this.#fastBurstMs) return false;
    const slow = (this.#slowFullAt > now ? this.#slowFullAt : now) + this.#slowPerToken;
    if (slow - now > this.#slowBurstMs) return false;
    this.#fastFullAt = fast;
    this.#slowFullAt = slow;
    return true;
  }
}
