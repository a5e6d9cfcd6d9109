/** The most that happened in any second, as far as one can tell from a counter that is read now and then. */
export class PeakRate {
  readonly #readings: { readonly at: number; readonly total: number }[] = [];
  #peak = 0;

  get peak(): number {
    return this.#peak;
  }

  /** @param at - In milliseconds, later each time. */
  add(at: number, total: number): void {
    this.#readings.push({ at, total });
    while ((this.#readings[0]?.at ?? at) < at - 1_000) this.#readings.shift();
    this.#peak = Math.max(this.#peak, total - (this.#readings[0]?.total ?? total));
  }
}
