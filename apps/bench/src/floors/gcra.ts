/** A token bucket by hand, as the generic cell rate algorithm has it: one number, the time at which the bucket is full. */
export class Gcra {
  readonly #perToken: number;
  readonly #burstMs: number;
  #fullAt = -Infinity;

  constructor(ratePerSecond: number, burst: number) {
    this.#perToken = 1_000 / ratePerSecond;
    this.#burstMs = burst * this.#perToken;
  }

  allow(now: number = performance.now()): boolean {
    const fullAt = (this.#fullAt > now ? this.#fullAt : now) + this.#perToken;
    if (fullAt - now > this.#burstMs) return false;
    this.#fullAt = fullAt;
    return true;
  }
}
